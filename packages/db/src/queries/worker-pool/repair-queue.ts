import { type Kysely, sql } from 'kysely';
import { isFromFuture } from '../../clock.ts';
import { HEARTBEAT_TASKS, toHeartbeatTask } from '../../lease.ts';
import type { Database } from '../../tables/database.ts';
import { UNKNOWN_TASK, UNKNOWN_TASK_BATCH } from './unknown-task.ts';

/** A pool locks jobs only after its row is inserted; a lock without a row is orphaned after this time. */
const UNKNOWN_POOL_SECONDS = 30;

/** How long a job may wait for a worker that knows its task, as during an upgrade. */
const UNKNOWN_TASK_SECONDS = 60;

/** Unlocks jobs and removes heartbeats of unknown pools, and fails unknown tasks; see `requeueUnknownTasks`. */
export async function repairQueue(db: Kysely<Database>): Promise<{ unlocked: string[]; unknown: number }> {
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
          select from worker_pools where task_identifier = ${toHeartbeatTask('')} || slot))))`.execute(db);
  const { rows: failed } = await sql<{ jobs: number }>`
    select count(*) as jobs from graphile_worker.permanently_fail_jobs(array(
      select id from graphile_worker.jobs
      where locked_at is null and attempts < max_attempts
        and run_at < now() - make_interval(secs => ${UNKNOWN_TASK_SECONDS})
        and task_identifier not like ${HEARTBEAT_TASKS}
        and not exists (select from worker_pools where task_identifier = any(worker_pools.tasks))
      limit ${UNKNOWN_TASK_BATCH}
    ), ${UNKNOWN_TASK})`.execute(db);
  return { unlocked: locks[0]?.ids ?? [], unknown: failed[0]?.jobs ?? 0 };
}
