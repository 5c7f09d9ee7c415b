import { type Kysely, sql } from 'kysely';
import { isFromFuture } from '../clock.ts';
import { HEARTBEAT_TASKS, heartbeatTask, isAlive, LEASE_SECONDS } from '../lease.ts';
import type { Database } from '../tables/database.ts';
import type { WorkerPoolTable } from '../tables/worker-pool.ts';
import { type JobSpec, jobRows, queueJobs } from './job-spec.ts';

/** Seconds for which a lock of a pool that nobody knows may be one of a pool that has not said yet that it lives. */
const UNKNOWN_POOL_SECONDS = 30;

/** Seconds for which a job may wait for a worker that knows its task, as one of a new version does during an upgrade. */
const UNKNOWN_TASK_SECONDS = 60;

/** What stands at a job whose task no worker knew. */
const UNKNOWN_TASK = 'no living worker knows this task';

/**
 * Writes down a pool that begins to run jobs.
 * @returns its slot, the smallest number that no other pool has
 */
export async function registerPool(
  db: Kysely<Database>,
  pool: {
    id: string;
    name: string;
    concurrency: number;
    tasks: string[];
    recipients: WorkerPoolTable['recipients'];
  },
): Promise<number> {
  for (;;) {
    // Two that register at once may choose the same slot: the second finds a conflict and chooses again.
    const { rows } = await sql<{ slot: number }>`
      insert into worker_pools (pool_id, slot, name, concurrency, tasks, recipients)
      select ${pool.id}, free.slot, ${pool.name}, ${pool.concurrency}, ${pool.tasks}::text[],
        ${JSON.stringify(pool.recipients)}::jsonb
      from generate_series(1, (select count(*) + 1 from worker_pools)) as free (slot)
      where not exists (select from worker_pools where worker_pools.slot = free.slot)
      order by free.slot limit 1
      on conflict (slot) do nothing
      returning slot`.execute(db);
    const [row] = rows;
    if (row !== undefined) return row.slot;
  }
}

/** Jobs that are changed in one statement, which has to end within the time that a heartbeat may take. */
const BATCH = 1_000;

/**
 * Gives jobs of these tasks another chance that failed because no worker knew them, the first thousand of them.
 * @returns whether there may be more
 */
export async function reviveUnknown(db: Kysely<Database>, tasks: string[]): Promise<boolean> {
  const { rows } = await sql<{ jobs: number }>`
    select count(*) as jobs from graphile_worker.reschedule_jobs(array(
      select id from graphile_worker.jobs
      where last_error = ${UNKNOWN_TASK} and attempts >= max_attempts and task_identifier = any(${tasks}::text[])
      order by id limit ${BATCH}
    ), run_at => now(), attempts => 0)`.execute(db);
  return rows[0]?.jobs === BATCH;
}

/**
 * Says that a pool is alive.
 * @returns for how many seconds it had been silent, less than none when the clock was set back meanwhile; undefined
 * when it has been taken for dead
 */
export async function beat(db: Kysely<Database>, poolId: string): Promise<number | undefined> {
  const { rows } = await sql<{ silent: number }>`
    with before as (select heartbeat_at from worker_pools where pool_id = ${poolId} for update)
    update worker_pools set heartbeat_at = now() from before where pool_id = ${poolId}
    returning extract(epoch from now() - before.heartbeat_at)::float8 as silent`.execute(db);
  return rows[0]?.silent;
}

/** Queues the next heartbeat job of a pool; it goes before all others, and at most one waits. */
export async function queueHeartbeat(db: Kysely<Database>, slot: number): Promise<void> {
  const job: JobSpec = {
    identifier: heartbeatTask(slot),
    payload: {},
    // More than one: a run that was cut off must not leave a failed job behind each time.
    max_attempts: 5,
    priority: -1_000,
    job_key: heartbeatTask(slot),
  };
  await queueJobs(sql`select job, '{}'::jsonb as ids from ${jobRows([job])}`).execute(db);
}

/**
 * Frees the jobs of every pool that has been silent for longer than the lease, or has ended, and forgets it. Does
 * nothing when `byPool` has not been heard lately itself, at the moment when the statement runs: after the whole
 * database stood still, or its clock was set, everybody looks dead.
 * @returns the pools that were taken for dead; not those that had ended
 */
export async function sweepSilentPools(db: Kysely<Database>, byPool: string): Promise<string[]> {
  const { rows } = await sql<{ names: string[] | null }>`
    with silent as (
      delete from worker_pools
      where not ${isAlive}
        and exists (
          select from worker_pools as sweeper where sweeper.pool_id = ${byPool}
            and sweeper.heartbeat_at between now() - make_interval(secs => ${LEASE_SECONDS / 2})
              and now() + make_interval(secs => ${LEASE_SECONDS / 2}))
      returning pool_id, name, heartbeat_at > 'epoch' as died
    ), batch as (
      select array_agg(pool_id) as ids, array_agg(name || ' ' || pool_id) filter (where died) as names
      from silent having count(*) > 0
    )
    select names, graphile_worker.force_unlock_workers(ids) from batch`.execute(db);
  return rows[0]?.names ?? [];
}

/**
 * Tidies up what no pool answers for: frees jobs that are locked by pools that nobody knows; removes heartbeat jobs
 * that were left behind; and gives jobs up whose task no living worker knows. Those are kept as failed ones, for a
 * person or a worker that knows them.
 */
export async function tidyQueue(db: Kysely<Database>): Promise<{ unlocked: string[]; unknown: number }> {
  const { rows: locks } = await sql<{ ids: string[] }>`
    select ids, graphile_worker.force_unlock_workers(ids) from (
      select array_agg(distinct locked_by) as ids from graphile_worker.jobs
      where (locked_at < now() - make_interval(secs => ${UNKNOWN_POOL_SECONDS}) or ${isFromFuture(sql`locked_at`)})
        and not exists (select from worker_pools where pool_id = locked_by)
      having count(*) > 0
    ) as unknown_pools`.execute(db);
  await sql`
    select count(*) from graphile_worker.complete_jobs(array(
      select id from graphile_worker.jobs
      where task_identifier like ${HEARTBEAT_TASKS} and locked_at is null
        and (attempts >= max_attempts or not exists (
          select from worker_pools where task_identifier = ${heartbeatTask('')} || slot))))`.execute(db);
  const { rows: given } = await sql<{ jobs: number }>`
    select count(*) as jobs from graphile_worker.permanently_fail_jobs(array(
      select id from graphile_worker.jobs
      where locked_at is null and attempts < max_attempts
        and run_at < now() - make_interval(secs => ${UNKNOWN_TASK_SECONDS})
        and task_identifier not like ${HEARTBEAT_TASKS}
        and not exists (select from worker_pools where task_identifier = any(worker_pools.tasks))
      limit ${BATCH}
    ), ${UNKNOWN_TASK})`.execute(db);
  return { unlocked: locks[0]?.ids ?? [], unknown: given[0]?.jobs ?? 0 };
}

/**
 * Takes a pool for dead that has ended, and frees what it had not finished. The next sweep does so once more and
 * forgets it: what it had asked for without getting an answer, PostgreSQL may do a moment later.
 */
export async function releasePool(db: Kysely<Database>, poolId: string): Promise<void> {
  await sql`
    with ended as (update worker_pools set heartbeat_at = 'epoch' where pool_id = ${poolId})
    select graphile_worker.force_unlock_workers(array[${poolId}])`.execute(db);
}
