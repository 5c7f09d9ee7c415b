import { type Kysely, sql } from 'kysely';
import { isLiving, LEASE_SECONDS } from '../../lease.ts';
import type { Database } from '../../tables/database.ts';

/**
 * Does nothing unless the lease of `byPool` is fresh: after a stall or a set clock every lease looks expired.
 * @returns the pools whose lease expired, without the released ones
 */
export async function reapExpiredPools(db: Kysely<Database>, byPool: string): Promise<string[]> {
  const { rows } = await sql<{ names: string[] | null }>`
    with expired_pool as (
      delete from worker_pools
      where not ${isLiving}
        and exists (
          select from worker_pools as reaper where reaper.pool_id = ${byPool}
            and reaper.heartbeat_at between now() - make_interval(secs => ${LEASE_SECONDS / 2})
              and now() + make_interval(secs => ${LEASE_SECONDS / 2}))
      returning pool_id, name, heartbeat_at > 'epoch' as expired
    ), batch as (
      select array_agg(pool_id) as ids, array_agg(name || ' ' || pool_id) filter (where expired) as names
      from expired_pool having count(*) > 0
    )
    select names, graphile_worker.force_unlock_workers(ids) from batch`.execute(db);
  return rows[0]?.names ?? [];
}
