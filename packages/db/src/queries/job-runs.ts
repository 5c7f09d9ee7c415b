import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import type { JobRunTable } from '../tables/job-run.ts';
import { isoTime } from './iso-time.ts';
import { secondsSince } from './job-row.ts';

/** For how long a run is remembered. */
const REMEMBERED = sql`interval '1 day'`;

/** A run as it leaves the database; times are ISO 8601 in UTC. */
export interface JobRunRow
  extends Pick<JobRunTable, 'job_id' | 'task' | 'attempt' | 'error' | 'pool_id' | 'payload'> {
  /** The name of its pool, while it is known. */
  worker: string | null;
  /** Seconds since its end. */
  age_seconds: number;
  started_at: string;
  finished_at: string;
}

const runColumns = sql`
  runs.job_id, runs.task, runs.attempt, runs.error, runs.pool_id, runs.payload, pools.name as worker,
  ${secondsSince(sql`runs.finished_at`)} as age_seconds,
  ${isoTime('runs.started_at')} as started_at, ${isoTime('runs.finished_at')} as finished_at`;

/** The remembered runs of a job, the last one first. */
export async function listJobRuns(db: Kysely<Database>, jobId: number, limit: number): Promise<JobRunRow[]> {
  const { rows } = await sql<JobRunRow>`
    select ${runColumns}
    from job_runs as runs left join worker_pools as pools on pools.pool_id = runs.pool_id
    where runs.job_id = ${jobId} and runs.finished_at > now() - ${REMEMBERED}
    order by runs.finished_at desc limit ${limit}`.execute(db);
  return rows;
}

/**
 * The runs that ended the jobs that are done, the last one first. A job that is in the queue again is not done.
 * @param filter.after the id of the job that the list goes on behind; 0 for its beginning
 */
export async function listDoneJobs(
  db: Kysely<Database>,
  { task, after, limit }: { task?: string; after: number; limit: number },
): Promise<JobRunRow[]> {
  const { rows } = await sql<JobRunRow>`
    select ${runColumns}
    from job_runs as runs left join worker_pools as pools on pools.pool_id = runs.pool_id
    where runs.error is null and runs.finished_at > now() - ${REMEMBERED}
      ${task === undefined ? sql`` : sql`and runs.task = ${task}`}
      ${
        after === 0
          ? sql``
          : sql`and (runs.finished_at, runs.job_id) < (
              select finished_at, job_id from job_runs where job_id = ${after} and error is null
              order by finished_at desc limit 1
            )`
      }
      and not exists (
        select from job_runs as later
        where later.job_id = runs.job_id and later.finished_at > runs.finished_at and later.error is null
      )
      and not exists (select from graphile_worker.jobs as jobs where jobs.id = runs.job_id)
    order by runs.finished_at desc, runs.job_id desc limit ${limit}`.execute(db);
  return rows;
}

/** The runs of one task within the last hour. */
export interface RunCount {
  task: string;
  runs: number;
  failed: number;
  /** Seconds since the first of them ended. */
  oldest_age_seconds: number;
}

/** Counts the runs of the last hour by task: all of them, or the last `cap`. */
export async function countLastHour(db: Kysely<Database>, cap: number): Promise<RunCount[]> {
  const { rows } = await sql<RunCount>`
    select task, count(*) as runs, count(*) filter (where failed) as failed,
      extract(epoch from now() - min(finished_at))::float8 as oldest_age_seconds
    from (
      select task, error is not null as failed, finished_at from job_runs
      where finished_at > now() - interval '1 hour'
      order by finished_at desc limit ${cap}
    ) as lately
    group by task order by task`.execute(db);
  return rows;
}

/**
 * Forgets runs that are no longer to be remembered, the oldest first.
 * @returns how many, at most `limit`
 */
export async function deleteOldJobRuns(db: Kysely<Database>, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from job_runs where ctid = any(array(
      select ctid from job_runs where finished_at <= now() - ${REMEMBERED}
      order by finished_at limit ${limit} for update skip locked
    ))`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
