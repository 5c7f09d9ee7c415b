import type { Job, ListJobsQuery } from '@incidents/contracts';
import { selectJobs } from '@incidents/db/queries/job/select-jobs';
import { selectDoneJobs } from '@incidents/db/queries/job-run/select-done-jobs';
import type { Context } from '../context.ts';
import { toDoneJob, toJob } from './to-job.ts';

/** Queued jobs by ascending id; done ones the last to end first. */
export async function listJobs(
  { db }: Context,
  { state, task, after, limit }: ListJobsQuery,
): Promise<{ jobs: Job[]; hasMore: boolean }> {
  const page = { ...(task !== undefined && { task }), after, limit: limit + 1 };
  const jobs =
    state === 'done'
      ? (await selectDoneJobs(db, page)).map(toDoneJob)
      : (await selectJobs(db, { ...page, ...(state !== undefined && { state }) })).map(toJob);
  return { jobs: jobs.slice(0, limit), hasMore: limit > 0 && jobs.length > limit };
}
