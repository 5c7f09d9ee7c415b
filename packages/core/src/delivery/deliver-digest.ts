import {
  claimDigest,
  digestIsWaiting,
  type GatheredDelivery,
  lastGathered,
} from '@incidents/db/queries/claim-digest';
import { postpone } from '@incidents/db/queries/finish-delivery';
import { queueJob } from '@incidents/db/queries/queue-job';
import { sendDigest } from '@incidents/jobs/catalog';
import { jobSpec } from '@incidents/jobs/job-spec';
import type { Context } from '../context.ts';
import { attempt } from './attempt.ts';
import type { ChannelName, DigestEntry } from './channel.ts';
import type { ChannelOf } from './deliver.ts';
import { type Recorded, recordOutcome } from './record-outcome.ts';

/** Most incidents that one message is tried to be made of. */
const MOST_ENTRIES = 100;

/** Seconds until a job looks again for what another worker had taken when this one found nothing. */
const LOOK_AGAIN_SECONDS = 60;

/**
 * Sends everything that has gathered for a recipient by now, in as few messages as hold it, and records what came of
 * each. What a worker that died had taken is taken over.
 * @param options.poolId the worker pool that runs this
 * @param options.onRecorded told what became of each message
 * @returns how many incidents were told
 * @throws LeaseLost before anything more is sent, when the pool is taken for dead
 */
export async function deliverDigest(
  context: Context,
  to: { channel: ChannelName; recipient: string },
  options: {
    poolId: string;
    channelOf: ChannelOf;
    maxAgeSeconds: number;
    signal: AbortSignal;
    onRecorded?: (recorded: Recorded, incidents: number) => void;
  },
): Promise<number> {
  const job = {
    ...jobSpec(sendDigest, { ...to, request_id: context.requestId }),
    job_key: `digest:${to.channel}:${to.recipient}`,
  };
  // With a key of its own: what gathers meanwhile keeps the time of the job that is there, and must not wait as long.
  const look = { ...job, job_key: `digest-left:${to.channel}:${to.recipient}` };
  let told = 0;
  // What comes while this sends gathers anew, and has a job of its own: else a storm would be told in as many
  // messages as fit one after the other into the time that it lasts.
  const upTo = (await lastGathered(context.db, to.channel, to.recipient)) ?? 0;
  for (;;) {
    const gathered = await claimDigest(context.db, to.channel, to.recipient, {
      upTo,
      limit: MOST_ENTRIES,
      poolId: options.poolId,
    });
    const [first] = gathered;
    if (first === undefined) break;

    const channel = options.channelOf({ channel: to.channel, transport: first.transport });
    const entries = gathered.map(toEntry);
    const fitting = gathered.slice(0, Math.max(1, channel.fitDigest(entries)));
    const rest = gathered.slice(fitting.length).map(({ id }) => id);
    if (rest.length > 0) {
      // The next round takes them. Should there be none, they are looked for; a job that began at once would take
      // the next part and wait for its turn beside this one, and so on through the whole backlog.
      await postpone(context.db, rest, {
        delay: LOOK_AGAIN_SECONDS * 1_000,
        error: null,
        attemptCounts: false,
        job: look,
      });
    }
    const outcome = await attempt(() =>
      channel.sendDigest(
        {
          deliveryIds: fitting.map(({ id }) => id),
          recipient: to.recipient,
          entries: entries.slice(0, fitting.length),
        },
        options.signal,
      ),
    );
    const recorded = await recordOutcome(
      context,
      { deliveries: fitting, attempts: first.attempts, job },
      outcome,
      options.maxAgeSeconds,
    );
    options.onRecorded?.(recorded, fitting.length);
    if (recorded.state === 'pending') return told;
    if (recorded.state === 'sent') told += fitting.length;
  }
  if (await digestIsWaiting(context.db, to.channel, to.recipient)) {
    await queueJob(context.db, look, LOOK_AGAIN_SECONDS);
  }
  return told;
}

const toEntry = ({ incident_id, text, status, source, created_at }: GatheredDelivery): DigestEntry => ({
  id: incident_id,
  text,
  status,
  source,
  created_at,
});
