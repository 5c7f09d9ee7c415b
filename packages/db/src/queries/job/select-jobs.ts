import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { isNoHeartbeat, type JobRow, jobColumns, jobState, type QueuedState } from './job-row.ts';
import { jobIncident } from './queue-tables.ts';

export interface JobFilter {
  state?: QueuedState;
  task?: string;
  after: number;
  limit: number;
}

export async function selectJobs(
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
