import { restartFailedJobs } from '@incidents/db/queries/job/queue-tables';
import type { Context } from '../context.ts';
import { changeInBatches } from './change-in-batches.ts';

export const retryFailedJobs = ({ db }: Context, task: string): Promise<number> =>
  changeInBatches((page) => restartFailedJobs(db, { task, ...page }));
