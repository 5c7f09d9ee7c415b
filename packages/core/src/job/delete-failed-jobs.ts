import { lockFailedJobs } from '@incidents/db/queries/job/queue-tables';
import { removeJobs } from '@incidents/db/queries/job/remove-jobs';
import type { Context } from '../context.ts';
import { changeInBatches } from './change-in-batches.ts';

export const deleteFailedJobs = ({ db }: Context, task: string): Promise<number> =>
  changeInBatches((page) =>
    db.transaction().execute(async (transaction) => {
      const ids = (await lockFailedJobs(transaction, { task, ...page })).map(({ id }) => id);
      await removeJobs(transaction, ids);
      return ids;
    }),
  );
