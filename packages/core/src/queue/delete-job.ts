import { type LockedJob, lockFailedJobs, lockIdleJob } from '@incidents/db/queries/queue-tables';
import { removeJobs } from '@incidents/db/queries/remove-jobs';
import { skipDeliveries, skipGathered } from '@incidents/db/queries/skip-deliveries';
import { deliver, sendDigest } from '@incidents/jobs/catalog';
import type { Context } from '../context.ts';
import { inBatches } from './in-batches.ts';
import { whyUnchanged } from './why-unchanged.ts';

/**
 * Takes a job out of the queue for good. What it was to send is skipped in the same transaction.
 * @throws JobNotFound, JobNotChangeable
 */
export async function deleteJob(context: Context, id: number): Promise<void> {
  const deleted = await context.db.transaction().execute(async (transaction) => {
    const job = await lockIdleJob(transaction, id);
    if (job) await remove(transaction, [job]);
    return job !== undefined;
  });
  if (!deleted) throw await whyUnchanged(context, id);
}

/**
 * Takes every job of a task that has failed by now out of the queue for good, and skips what they were to send.
 * @returns how many
 */
export const deleteFailedJobs = ({ db }: Context, task: string): Promise<number> =>
  inBatches((page) =>
    db.transaction().execute(async (transaction) => {
      const jobs = await lockFailedJobs(transaction, { task, ...page });
      await remove(transaction, jobs);
      return jobs.map(({ id }) => id);
    }),
  );

/** The last error of a delivery whose job was deleted. */
const DELETED = 'its job was deleted from the queue';

/**
 * The jobs are locked. These statements begin after that, so they see every delivery that somebody has added to one
 * of them before; who would add one now waits, finds the job gone and queues another.
 */
async function remove(db: Context['db'], jobs: LockedJob[]): Promise<void> {
  if (jobs.length === 0) return;
  const deliveries: number[] = [];
  for (const { task, payload } of jobs) {
    if (task === deliver.name) {
      const { data } = deliver.payload.safeParse(payload);
      if (data) deliveries.push(data.delivery_id);
    } else if (task === sendDigest.name) {
      const { data } = sendDigest.payload.safeParse(payload);
      if (data) await skipGathered(db, data, DELETED);
    }
  }
  if (deliveries.length > 0) await skipDeliveries(db, deliveries, DELETED);
  await removeJobs(
    db,
    jobs.map(({ id }) => id),
  );
}
