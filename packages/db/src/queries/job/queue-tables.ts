import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { isFromFuture } from '../../clock.ts';
import { HEARTBEAT_TASKS } from '../../lease.ts';
import type { Database } from '../../tables/database.ts';
import { type JobRow, jobAge, jobColumns, jobState, type QueuedState } from './job-row.ts';

// The only file of the service that uses the queue's private tables. They may change with any version; the test of this
// file pins the version and the columns. The public view has no payload, can't lock a row, and costs twice as much.

export const QUEUE_VERSION = '0.18.0';

export const jobPayload: RawBuilder<unknown> = sql`
  (select private.payload from graphile_worker._private_jobs as private where private.id = jobs.id)`;

/** Selects the `incident_id` of that payload as JSON of any type; null without one. */
export const jobIncident: RawBuilder<unknown> = sql`${jobPayload} -> 'incident_id'`;

/** Without heartbeats. Waits for a worker that is locking a job, and then no longer selects it. */
const idleJobs = (condition: RawBuilder<unknown>, lock: RawBuilder<unknown>) => sql`
  select jobs.id, tasks.identifier as task_identifier, jobs.payload
  from graphile_worker._private_jobs as jobs
  join graphile_worker._private_tasks as tasks on tasks.id = jobs.task_id
  where jobs.locked_at is null and tasks.identifier not like ${sql.lit(HEARTBEAT_TASKS)} and ${condition}
  ${lock}`;

const idleJob = (id: number) => idleJobs(sql`jobs.id = ${id}`, sql`for update of jobs`);

export interface FailedJobs {
  task: string;
  after: number;
  limit: number;
}

// Skips locked jobs: waiting for many of them could deadlock.
const failedJobs = ({ task, after, limit }: FailedJobs) =>
  idleJobs(
    sql`tasks.identifier = ${task} and jobs.attempts >= jobs.max_attempts and jobs.id > ${after}`,
    sql`order by jobs.id limit ${limit} for update of jobs skip locked`,
  );

/** A job that no worker can run before the transaction ends. */
export interface LockedJob {
  id: number;
  task: string;
  payload: unknown;
}

/** @returns undefined when there is no such job, or it is running */
export async function lockIdleJob(
  transaction: Transaction<Database>,
  id: number,
): Promise<LockedJob | undefined> {
  const { rows } = await sql<LockedJob>`
    select id, task_identifier as task, payload from (${idleJob(id)}) as idle`.execute(transaction);
  return rows[0];
}

export async function lockFailedJobs(
  transaction: Transaction<Database>,
  which: FailedJobs,
): Promise<LockedJob[]> {
  const { rows } = await sql<LockedJob>`
    select id, task_identifier as task, payload from (${failedJobs(which)}) as failed order by id`.execute(
    transaction,
  );
  return rows;
}

/** Restarts a job now; undefined when there is none, or it is running, and then it is left alone. */
export async function restartIdleJob(db: Kysely<Database>, id: number): Promise<JobRow | undefined> {
  const { rows } = await sql<JobRow>`
    with idle as (${idleJob(id)}), retried as (
      select job.id, idle.task_identifier, job.attempts, job.max_attempts, job.last_error, job.run_at,
        job.created_at, job.locked_at, job.locked_by
      from idle, graphile_worker.reschedule_jobs(array[idle.id], run_at => now(), attempts => 0) as job
    )
    select ${jobColumns}, ${jobIncident} as incident_id from retried as jobs left join worker_pools as pools on pools.pool_id = jobs.locked_by`.execute(
    db,
  );
  return rows[0];
}

/** Restarts the next failed jobs of a task, now. Returns their ids, the greatest last. */
export async function restartFailedJobs(db: Kysely<Database>, which: FailedJobs): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    with failed as (${failedJobs(which)})
    select job.id
    from (select array_agg(id) as ids from failed) as batch,
      graphile_worker.reschedule_jobs(batch.ids, run_at => now(), attempts => 0) as job
    order by job.id`.execute(db);
  return rows.map(({ id }) => id);
}

export interface JobsInState {
  task: string;
  state: QueuedState;
  pool_id: string | null;
  jobs: number;
  oldest_age_seconds: number;
}

/** Counts all jobs, or the first `cap` queued. `counted` includes the heartbeats that `jobs` leaves out. */
export async function countJobs(
  db: Kysely<Database>,
  cap: number,
): Promise<{ counted: number; jobs: JobsInState[] }> {
  // The task's name is joined to the few groups, not to every job.
  const { rows } = await sql<JobsInState & { counted: number }>`
    select tasks.identifier as task, by_state.state, by_state.pool_id, by_state.jobs,
      by_state.oldest_age_seconds, by_state.counted
    from (
      select task_id, state, pool_id, count(*) as jobs, max(age) as oldest_age_seconds,
        (sum(count(*)) over ())::bigint as counted
      from (
        select jobs.task_id, jobs.locked_by as pool_id, ${jobState} as state, ${jobAge} as age
        from graphile_worker._private_jobs as jobs order by jobs.id limit ${cap}
      ) as first
      group by task_id, state, pool_id
    ) as by_state
    join graphile_worker._private_tasks as tasks on tasks.id = by_state.task_id
    where tasks.identifier not like ${sql.lit(HEARTBEAT_TASKS)}
    order by task, state, pool_id`.execute(db);
  return {
    counted: rows[0]?.counted ?? 0,
    jobs: rows.map(({ counted: _, ...jobs }) => jobs),
  };
}

/** For jobs queued before the database's clock was set back: each keeps its delay, from now on. */
export async function rescheduleFutureJobs(db: Kysely<Database>, limit: number): Promise<number> {
  const queuedAt = sql`greatest(created_at, updated_at)`;
  const { numAffectedRows } = await sql`
    with early as (
      select id from graphile_worker._private_jobs where run_at > now() and ${isFromFuture(queuedAt)}
      order by id limit ${limit} for update
    )
    update graphile_worker._private_jobs as jobs
    set run_at = now() + greatest(run_at - ${queuedAt}, interval '0'),
      created_at = least(created_at, now()), updated_at = now()
    from early where jobs.id = early.id`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
