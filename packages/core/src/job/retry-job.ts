import type { Job } from '@incidents/contracts';
import { restartIdleJob } from '@incidents/db/queries/job/queue-tables';
import type { Context } from '../context.ts';
import { createJobConflictError } from './create-job-conflict-error.ts';
import { toJob } from './to-job.ts';

/** @throws JobNotFoundError, JobNotChangeableError */
export async function retryJob(context: Context, id: number): Promise<Job> {
  const retried = await restartIdleJob(context.db, id);
  if (retried) return toJob(retried);
  throw await createJobConflictError(context, id);
}
