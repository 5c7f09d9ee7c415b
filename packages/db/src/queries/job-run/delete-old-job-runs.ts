import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { RUN_RETENTION } from './job-run-row.ts';

/** Deletes runs that are older than a day, the oldest first, at most `limit`. Returns how many. */
export async function deleteOldJobRuns(db: Kysely<Database>, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from job_runs where ctid = any(array(
      select ctid from job_runs where finished_at <= now() - ${RUN_RETENTION}
      order by finished_at limit ${limit} for update skip locked
    ))`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
