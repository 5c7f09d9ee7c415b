import type { Job } from '@incidents/contracts';
import { restartFailedJobs, restartIdleJob } from '@incidents/db/queries/job/queue-tables';
import type { Context } from '../context.ts';
import { inBatches } from './in-batches.ts';
import { toJob } from './to-job.ts';
import { whyUnchanged } from './why-unchanged.ts';

/**
 * Begins a new series of attempts of a job, whatever it waits for.
 * @throws JobNotFound, JobNotChangeable
 */
export async function retryJob(context: Context, id: number): Promise<Job> {
  const retried = await restartIdleJob(context.db, id);
  if (retried) return toJob(retried);
  throw await whyUnchanged(context, id);
}

/**
 * Begins a new series of attempts of every job of a task that has failed by now.
 * @returns how many
 */
export const retryFailedJobs = ({ db }: Context, task: string): Promise<number> =>
  inBatches((page) => restartFailedJobs(db, { task, ...page }));
