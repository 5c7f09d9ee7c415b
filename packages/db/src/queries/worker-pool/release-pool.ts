import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

/** The next reaping frees its jobs once more: PostgreSQL may still run a statement of the pool. */
export async function releasePool(db: Kysely<Database>, poolId: string): Promise<void> {
  await sql`
    with ended as (update worker_pools set heartbeat_at = 'epoch' where pool_id = ${poolId})
    select graphile_worker.force_unlock_workers(array[${poolId}])`.execute(db);
}
