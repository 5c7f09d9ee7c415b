import { lockFailedJobs, lockIdleJob } from '@incidents/db/queries/job/queue-tables';
import { removeJobs } from '@incidents/db/queries/job/remove-jobs';
import type { Context } from '../context.ts';
import { inBatches } from './in-batches.ts';
import { whyUnchanged } from './why-unchanged.ts';

/**
 * Takes a job out of the queue for good.
 * @throws JobNotFound, JobNotChangeable
 */
export async function deleteJob(context: Context, id: number): Promise<void> {
  const deleted = await context.db.transaction().execute(async (transaction) => {
    const job = await lockIdleJob(transaction, id);
    if (job) await removeJobs(transaction, [id]);
    return job !== undefined;
  });
  if (!deleted) throw await whyUnchanged(context, id);
}

/**
 * Takes every job of a task that has failed by now out of the queue for good.
 * @returns how many
 */
export const deleteFailedJobs = ({ db }: Context, task: string): Promise<number> =>
  inBatches((page) =>
    db.transaction().execute(async (transaction) => {
      const ids = (await lockFailedJobs(transaction, { task, ...page })).map(({ id }) => id);
      await removeJobs(transaction, ids);
      return ids;
    }),
  );
