import * as z from 'zod';
import { CreateIncident } from './incident.ts';

const { status: _, dedup_key: dedupKey, ...fields } = CreateIncident.shape;
/** Names the incident: that which is open with this source and key. */
const key = {
  dedup_key: dedupKey.unwrap().unwrap().meta({
    description: 'The failure, by a name of the monitor: 1 to 255 characters.',
    example: 'shop_bot:getUpdates',
  }),
  source: fields.source,
};

const action = <Action extends string>(name: Action, description: string) =>
  z.literal(name).meta({ description, example: name });

export const TriggerAlert = z
  .object({
    action: action('trigger', 'Reports the incident, or adds an occurrence to the open one.'),
    ...fields,
    ...key,
  })
  .meta({ id: 'TriggerAlert', description: 'A failure.' });
export type TriggerAlert = z.infer<typeof TriggerAlert>;

export const AcknowledgeAlert = z
  .object({ action: action('acknowledge', 'Sets the open incident to `в работе`.'), ...key })
  .meta({ id: 'AcknowledgeAlert', description: 'A failure on which work has begun.' });
export type AcknowledgeAlert = z.infer<typeof AcknowledgeAlert>;

export const ResolveAlert = z
  .object({ action: action('resolve', 'Sets the open incident to `закрыт`.'), ...key })
  .meta({ id: 'ResolveAlert', description: 'A failure that is over.' });
export type ResolveAlert = z.infer<typeof ResolveAlert>;

/** Body of `POST /alerts`. Unknown fields are ignored. */
export const Alert = z
  .discriminatedUnion('action', [TriggerAlert, AcknowledgeAlert, ResolveAlert])
  .meta({ id: 'Alert', description: 'The report of a monitor.' });
export type Alert = z.infer<typeof Alert>;

/** Reply of `POST /alerts`. */
export const AcceptedAlert = z
  .object({
    incident_id: z.int().nullable().meta({
      description: 'The incident of the alert; null when none was open for `acknowledge` or `resolve`.',
      example: 1,
    }),
  })
  .meta({ id: 'AcceptedAlert', description: 'What became of an alert.' });
export type AcceptedAlert = z.infer<typeof AcceptedAlert>;
