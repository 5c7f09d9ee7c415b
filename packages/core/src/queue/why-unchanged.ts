import type { Context } from '../context.ts';
import { JobNotChangeable, type JobNotFound } from '../errors.ts';
import { getJob } from './get-job.ts';

/** Why a job was left alone: there is none with this id, or it is running or done. */
export const whyUnchanged = (context: Context, id: number): Promise<JobNotFound | JobNotChangeable> =>
  getJob(context, id).then(
    () => new JobNotChangeable(id),
    (error) => error,
  );
