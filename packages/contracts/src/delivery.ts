import * as z from 'zod';
import { openEnum } from './open-enum.ts';
import { idParameter, wholeNumberParameter } from './parameter.ts';
import { storableText } from './storable-text.ts';
import { time } from './time.ts';

export const DeliveryState = openEnum(['pending', 'sending', 'sent', 'logged', 'failed', 'skipped'], {
  id: 'DeliveryState',
  description:
    '`pending`: waits for its (next) attempt. `sending`: is being sent. `sent`: the server accepted it. `logged`: the channel is not configured, so the log has the message. `failed`: given up; `POST /deliveries/{id}/retry` sends it again. `skipped`: the incident or the event no longer exists.',
  example: 'sent',
});
export type DeliveryState = z.infer<typeof DeliveryState>;

export const Channel = openEnum(['email', 'telegram'], {
  id: 'Channel',
  description: 'The channel of a message.',
  example: 'email',
});
export type Channel = z.infer<typeof Channel>;

export const Transport = openEnum(['smtp', 'telegram', 'log'], {
  id: 'Transport',
  description:
    'The transport of the message. `log`: the channel is not configured, so the message is logged.',
  example: 'smtp',
});
export type Transport = z.infer<typeof Transport>;

/** One message about one event to one recipient over one channel. */
export const Delivery = z
  .object({
    id: z.int().meta({ example: 1 }),
    incident_id: z.int().meta({ example: 1 }),
    event_id: z.int().meta({ description: 'The incident event of this message.', example: 1 }),
    channel: Channel,
    transport: Transport,
    recipient: z.string().meta({
      description: 'An e-mail address, or a Telegram `chat` or `chat:topic`; `log` without a recipient.',
      example: 'oncall@example.org',
    }),
    state: DeliveryState,
    attempts: z.int().meta({ description: 'Begun sends of the current series.', example: 1 }),
    digest: z.boolean().meta({ description: 'Whether the message is part of a digest.' }),
    provider_message_id: z.string().nullable().meta({
      description: 'A Message-ID, or Telegram’s number of the message.',
    }),
    last_error: z.string().nullable(),
    next_attempt_at: time().nullable(),
    sent_at: time().nullable(),
    created_at: time(),
    updated_at: time(),
  })
  .meta({ id: 'Delivery', description: 'One message about one event to one recipient.' });
export type Delivery = z.infer<typeof Delivery>;

/** Reply of `GET /incidents/{id}/deliveries`, the oldest first, and of `GET /deliveries`, the newest first: a bare array. */
export const DeliveryList = z.array(Delivery);
export type DeliveryList = z.infer<typeof DeliveryList>;

/** Path parameters of `/deliveries/{id}/…`. */
export const DeliveryPath = z.object({
  id: idParameter().meta({ type: 'integer', minimum: 1, description: 'Id of the delivery.', example: 1 }),
});

export const recipientFilters = {
  channel: z.enum(Channel.options).optional().meta({ description: 'Only this channel.', example: 'email' }),
  recipient: storableText()
    .transform((value) => (value === '' ? undefined : value))
    .optional()
    .meta({
      type: 'string',
      description: 'Only exactly this recipient; an empty one is no filter.',
      example: 'oncall@example.org',
    }),
};

const incidentFilter = () =>
  idParameter()
    .optional()
    .meta({ type: 'integer', minimum: 1, description: 'Only those about this incident.', example: 1 });

/** Query of `GET /deliveries`. */
export const ListDeliveriesQuery = z.object({
  state: z
    .enum(DeliveryState.options)
    .optional()
    .meta({ description: 'Only deliveries in this state.', example: 'failed' }),
  ...recipientFilters,
  incident_id: incidentFilter(),
  since: z.iso.datetime({ offset: true }).optional().meta({
    description: 'Only those created at this time or later: ISO 8601 with an offset.',
    example: '2025-11-08T12:00:00Z',
  }),
  after: wholeNumberParameter({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, fallback: 0 }).meta({
    type: 'integer',
    description: 'Returns deliveries with smaller ids; 0 starts with the newest.',
    example: 0,
  }),
  limit: wholeNumberParameter({ minimum: 0, maximum: 1000, fallback: 100 }).meta({
    type: 'integer',
    description: 'Maximum number of entries.',
    example: 100,
  }),
});
export type ListDeliveriesQuery = z.infer<typeof ListDeliveriesQuery>;
/** Before parsing. */
export type ListDeliveriesQueryInput = z.input<typeof ListDeliveriesQuery>;

/** Query of `/deliveries/failed/retry`: filters of the failed deliveries. */
export const FailedDeliveriesQuery = z.object({ ...recipientFilters, incident_id: incidentFilter() });
export type FailedDeliveriesQuery = z.infer<typeof FailedDeliveriesQuery>;

/** Reply of operations that change several deliveries. */
export const DeliveryCount = z
  .object({
    deliveries: z.int().min(0).meta({ description: 'Number of changed deliveries.', example: 1 }),
  })
  .meta({ id: 'DeliveryCount', description: 'Number of changed deliveries.' });
export type DeliveryCount = z.infer<typeof DeliveryCount>;
