import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

/** @returns seconds since its last heartbeat, negative after the clock was set back; undefined once reaped */
export async function renewLease(db: Kysely<Database>, poolId: string): Promise<number | undefined> {
  const { rows } = await sql<{ heartbeat_age: number }>`
    with before as (select heartbeat_at from worker_pools where pool_id = ${poolId} for update)
    update worker_pools set heartbeat_at = now() from before where pool_id = ${poolId}
    -- Rounded like the column. Otherwise the age would be negative when both heartbeats fall into one millisecond.
    returning extract(epoch from now()::timestamptz(3) - before.heartbeat_at)::float8 as heartbeat_age
  `.execute(db);
  return rows[0]?.heartbeat_age;
}
