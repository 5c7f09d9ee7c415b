import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { type JobRunRow, jobRunColumns, RUN_RETENTION } from './job-run-row.ts';

/** A job that is in the queue again is not done. `after` is the last id of the page before; 0 for none. */
export function selectDoneJobs(
  db: Kysely<Database>,
  { task, after, limit }: { task?: string; after: number; limit: number },
): Promise<JobRunRow[]> {
  let query = db
    .selectFrom('job_runs as runs')
    .leftJoin('worker_pools as pools', 'pools.pool_id', 'runs.pool_id')
    .select(jobRunColumns)
    .where('runs.error', 'is', null)
    .where('runs.finished_at', '>', sql<Date>`now() - ${RUN_RETENTION}`);
  if (task !== undefined) query = query.where('runs.task', '=', task);
  if (after !== 0) {
    query = query.where(sql<boolean>`(runs.finished_at, runs.job_id) < (
      select finished_at, job_id from job_runs where job_id = ${after} and error is null
      order by finished_at desc limit 1)`);
  }
  return query
    .where(sql<boolean>`not exists (
      select from job_runs as later
      where later.job_id = runs.job_id and later.finished_at > runs.finished_at and later.error is null)`)
    .where(sql<boolean>`not exists (select from graphile_worker.jobs as jobs where jobs.id = runs.job_id)`)
    .orderBy('runs.finished_at', 'desc')
    .orderBy('runs.job_id', 'desc')
    .limit(limit)
    .execute();
}
