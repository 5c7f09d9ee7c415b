import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { isNoHeartbeat, type JobRow, jobColumns } from './job-row.ts';
import { jobIncident, jobPayload } from './queue-tables.ts';

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
