import type { JobDetails } from '@incidents/contracts';
import { findJob } from '@incidents/db/queries/job/find-job';
import { selectJobRuns } from '@incidents/db/queries/job-run/select-job-runs';
import type { Context } from '../context.ts';
import { JobNotFoundError } from '../errors.ts';
import { asObject, toDoneJob, toJob, toJobRun } from './to-job.ts';

/** Most runs that are told of one job. */
const MOST_RUNS = 100;

/**
 * A job that is in the queue, or has ended well within the last day, and its runs.
 * @throws JobNotFoundError
 */
export async function getJob({ db }: Context, id: number): Promise<JobDetails> {
  // One after the other: a job that ends meanwhile is missed in the queue, and then found among the runs.
  const queued = await findJob(db, id);
  const rows = await selectJobRuns(db, id, MOST_RUNS);
  const runs = rows.map(toJobRun);
  if (queued) return { ...toJob(queued), payload: asObject(queued.payload), runs };
  const last = rows.find(({ error }) => error === null);
  if (last === undefined) throw new JobNotFoundError(id);
  return { ...toDoneJob(last), payload: asObject(last.payload), runs };
}
