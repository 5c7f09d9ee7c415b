import type { Context } from '../context.ts';
import { JobNotChangeableError, type JobNotFoundError } from '../errors.ts';
import { getJob } from './get-job.ts';

/** The error for a job that a statement left unchanged: it does not exist, or it is running or done. */
export const createJobConflictError = (
  context: Context,
  id: number,
): Promise<JobNotFoundError | JobNotChangeableError> =>
  getJob(context, id).then(
    () => new JobNotChangeableError(id),
    (error) => error,
  );
