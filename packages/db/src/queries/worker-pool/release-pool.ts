import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

/**
 * Ends the lease of a worker pool and frees its jobs. The next reaping frees them once more and deletes the pool:
 * PostgreSQL may still run a statement whose reply the pool did not get.
 */
export async function releasePool(db: Kysely<Database>, poolId: string): Promise<void> {
  await sql`
    with ended as (update worker_pools set heartbeat_at = 'epoch' where pool_id = ${poolId})
    select graphile_worker.force_unlock_workers(array[${poolId}])`.execute(db);
}
