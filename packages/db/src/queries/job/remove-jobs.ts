import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

/** Deletes jobs that are not running. */
export async function removeJobs(db: Kysely<Database>, ids: number[]): Promise<void> {
  await sql`select count(*) from graphile_worker.complete_jobs(${ids}::bigint[])`.execute(db);
}
