import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

/** Deletes keys that are older than 24 hours, the oldest first, at most `limit`. Returns how many. */
export async function deleteOldIdempotencyKeys(db: Kysely<Database>, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from idempotency_keys where ctid = any(array(
      select ctid from idempotency_keys where created_at <= now() - interval '24 hours'
      order by created_at limit ${limit} for update skip locked
    ))`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
