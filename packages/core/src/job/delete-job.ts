import { lockIdleJob } from '@incidents/db/queries/job/queue-tables';
import { removeJobs } from '@incidents/db/queries/job/remove-jobs';
import type { Context } from '../context.ts';
import { createJobConflictError } from './create-job-conflict-error.ts';

/** @throws JobNotFoundError, JobNotChangeableError */
export async function deleteJob(context: Context, id: number): Promise<void> {
  const isDeleted = await context.db.transaction().execute(async (transaction) => {
    const job = await lockIdleJob(transaction, id);
    if (job) await removeJobs(transaction, [id]);
    return job !== undefined;
  });
  if (!isDeleted) throw await createJobConflictError(context, id);
}
