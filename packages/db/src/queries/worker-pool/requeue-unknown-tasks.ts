import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { UNKNOWN_TASK, UNKNOWN_TASK_BATCH } from './unknown-task.ts';

/** Restarts one batch of the jobs that `repairQueue` failed. Returns whether there may be more. */
export async function requeueUnknownTasks(db: Kysely<Database>, tasks: string[]): Promise<boolean> {
  const { rows } = await sql<{ jobs: number }>`
    select count(*) as jobs from graphile_worker.reschedule_jobs(array(
      select id from graphile_worker.jobs
      where last_error = ${UNKNOWN_TASK} and attempts >= max_attempts and task_identifier = any(${tasks}::text[])
      order by id limit ${UNKNOWN_TASK_BATCH}
    ), run_at => now(), attempts => 0)`.execute(db);
  return rows[0]?.jobs === UNKNOWN_TASK_BATCH;
}
