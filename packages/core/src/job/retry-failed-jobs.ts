import { restartFailedJobs } from '@incidents/db/queries/job/queue-tables';
import type { Context } from '../context.ts';
import { changeInBatches } from './change-in-batches.ts';

/**
 * Begins a new series of attempts of every job of a task that has failed by now.
 * @returns the number of restarted jobs
 */
export const retryFailedJobs = ({ db }: Context, task: string): Promise<number> =>
  changeInBatches((page) => restartFailedJobs(db, { task, ...page }));
