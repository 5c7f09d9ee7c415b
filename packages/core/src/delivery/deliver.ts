import { claimDelivery } from '@incidents/db/queries/claim-delivery';
import { findIncident } from '@incidents/db/queries/find-incident';
import { markEnded } from '@incidents/db/queries/finish-delivery';
import { requeueDelivery } from '@incidents/db/queries/requeue-delivery';
import { deliver as job } from '@incidents/jobs/catalog';
import { jobSpec } from '@incidents/jobs/job-spec';
import type { Context } from '../context.ts';
import { toIncident } from '../incident/to-incident.ts';
import { attempt } from './attempt.ts';
import type { Channel, ChannelName } from './channel.ts';
import { type Recorded, recordOutcome } from './record-outcome.ts';

/** The channel that a delivery leaves by. */
export type ChannelOf = (delivery: { channel: ChannelName; transport: Channel['transport'] }) => Channel;

/**
 * Sends one delivery, with the incident as it is now, and records what came of it.
 * @param options.poolId the worker pool that runs this
 * @returns undefined when there was nothing to do: it has been sent, given up or is not due
 * @throws LeaseLost before anything is sent, when the pool is taken for dead
 */
export async function deliver(
  context: Context,
  deliveryId: number,
  options: {
    incidentId: number;
    poolId: string;
    channelOf: ChannelOf;
    maxAgeSeconds: number;
    signal: AbortSignal;
  },
): Promise<Recorded | undefined> {
  const again = {
    ...jobSpec(job, {
      delivery_id: deliveryId,
      incident_id: options.incidentId,
      request_id: context.requestId,
    }),
    // Two that run at the same time would both send: the second takes the first for one that is gone.
    job_key: `delivery:${deliveryId}`,
  };
  const claimed = await claimDelivery(context.db, deliveryId, options.poolId);
  if (claimed === undefined) {
    await requeueDelivery(context.db, deliveryId, again);
    return undefined;
  }

  const row = await findIncident(context.db, claimed.incident_id);
  if (row === undefined) {
    const error = 'the incident no longer exists';
    await markEnded(context.db, [deliveryId], 'skipped', error);
    return { state: 'skipped', error };
  }

  const outcome = await attempt(() =>
    options.channelOf(claimed).send(
      {
        deliveryId,
        recipient: claimed.recipient,
        incident: toIncident(row),
        event: { id: claimed.event_id, kind: claimed.event_kind },
      },
      options.signal,
    ),
  );
  return recordOutcome(
    context,
    {
      deliveries: [claimed],
      attempts: claimed.attempts,
      job: again,
    },
    outcome,
    options.maxAgeSeconds,
  );
}
