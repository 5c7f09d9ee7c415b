import { insertDeliveries } from '@incidents/db/queries/insert-deliveries';
import { findEventKind } from '@incidents/db/queries/list-events';
import { deliver, sendDigest } from '@incidents/jobs/catalog';
import { jobSpec } from '@incidents/jobs/job-spec';
import type { Context } from '../context.ts';
import type { Channel, ChannelName } from './channel.ts';

/** When notifications of new incidents become digests, per recipient. */
export interface StormPolicy {
  /** New incidents within the window that are told one by one. */
  threshold: number;
  windowSeconds: number;
  /** How long those beyond gather before they are sent. */
  digestAfterSeconds: number;
}

/**
 * Records what is to be told about an event over one channel: one delivery and its job per recipient.
 * Planning twice does no harm.
 */
export async function planDeliveries(
  context: Context,
  event: { incidentId: number; eventId: number },
  channel: { name: ChannelName; transport: Channel['transport']; recipients: string[] },
  storm: StormPolicy,
): Promise<void> {
  const kind = await findEventKind(context.db, event.eventId);
  if (kind === undefined) return;
  await insertDeliveries(context.db, {
    event_id: event.eventId,
    incident_id: event.incidentId,
    channel: channel.name,
    transport: channel.transport,
    recipients: channel.recipients,
    // The log cannot be flooded.
    ...(kind === 'created' && channel.transport !== 'log' && { storm }),
    deliverJob: jobSpec(deliver, { incident_id: event.incidentId, request_id: context.requestId }),
    digestJob: jobSpec(sendDigest, { channel: channel.name, request_id: context.requestId }),
  });
}
