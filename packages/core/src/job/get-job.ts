import type { JobDetails } from '@incidents/contracts';
import { findJob } from '@incidents/db/queries/job/find-job';
import { selectJobRuns } from '@incidents/db/queries/job-run/select-job-runs';
import type { Context } from '../context.ts';
import { JobNotFoundError } from '../errors.ts';
import { toDoneJob, toJob, toJobRun, toObject } from './to-job.ts';

const MAX_RUNS = 100;

/**
 * A job of the queue, or a successful one of the last day.
 * @throws JobNotFoundError
 */
export async function getJob({ db }: Context, id: number): Promise<JobDetails> {
  // In this order: a job that ends meanwhile is missing from the queue, but has its last run.
  const queued = await findJob(db, id);
  const rows = await selectJobRuns(db, id, MAX_RUNS);
  const runs = rows.map(toJobRun);
  if (queued) return { ...toJob(queued), payload: toObject(queued.payload), runs };
  const last = rows.find(({ error }) => error === null);
  if (last === undefined) throw new JobNotFoundError(id);
  return { ...toDoneJob(last), payload: toObject(last.payload), runs };
}
