import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { isNoHeartbeat, type JobRow, jobColumns, jobState, type QueuedState } from './job-row.ts';
import { jobIncident, jobPayload } from './queue-tables.ts';

/** Which jobs to list. */
export interface JobFilter {
  state?: QueuedState;
  task?: string;
  /** Only those with greater ids. */
  after: number;
  limit: number;
}

/** Jobs that are in the queue, in the order of their ids. */
export async function listJobs(
  db: Kysely<Database>,
  { state, task, after, limit }: JobFilter,
): Promise<JobRow[]> {
  const { rows } = await sql<JobRow>`
    select ${jobColumns}, ${jobIncident} as incident_id
    from graphile_worker.jobs as jobs left join worker_pools as pools on pools.pool_id = jobs.locked_by
    where jobs.id > ${after} and ${isNoHeartbeat}
      ${state === undefined ? sql`` : sql`and ${jobState} = ${state}`}
      ${task === undefined ? sql`` : sql`and jobs.task_identifier = ${task}`}
    order by jobs.id limit ${limit}`.execute(db);
  return rows;
}

/** @returns a job of the queue with its payload as it is stored, undefined when there is none with this id */
export async function findJob(
  db: Kysely<Database>,
  id: number,
): Promise<(JobRow & { payload: unknown }) | undefined> {
  const { rows } = await sql<JobRow & { payload: unknown }>`
    select ${jobColumns}, ${jobIncident} as incident_id, ${jobPayload} as payload
    from graphile_worker.jobs as jobs left join worker_pools as pools on pools.pool_id = jobs.locked_by
    where jobs.id = ${id} and ${isNoHeartbeat}`.execute(db);
  return rows[0];
}
