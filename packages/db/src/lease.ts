import { type RawBuilder, sql } from 'kysely';
import { isFromFuture } from './clock.ts';

export const HEARTBEAT_SECONDS = 1;

/** A lease expires so long after the last heartbeat, by the database's clock. */
export const LEASE_SECONDS = 5;

/** Named by slot, not by pool, because the queue keeps task names for ever. */
export const toHeartbeatTask = (slot: number | string): string => `heartbeat:${slot}`;

export const HEARTBEAT_TASKS = toHeartbeatTask('%');

const isNotStale = sql`heartbeat_at > now() - make_interval(secs => ${sql.lit(LEASE_SECONDS)})`;

/** Of `worker_pools`: whether the pool is living. A heartbeat from the future, after the clock was set back, does not count. */
export const isLiving: RawBuilder<boolean> = sql`(${isNotStale} and not ${isFromFuture(sql`heartbeat_at`)})`;

/** Whether a pool (id or null) was released or reaped. An expired lease is no proof: PostgreSQL may have stalled. */
export const isReleasedOrReaped = (poolId: RawBuilder<unknown>): RawBuilder<boolean> => sql`
  not exists (select from worker_pools where worker_pools.pool_id = ${poolId} and heartbeat_at > 'epoch')`;

/**
 * Whether the pool of the given id may begin to send. A heartbeat from the future counts: the clock was set back, and
 * a pool owns its jobs as long as its row exists.
 */
export const holdsLease = (poolId: RawBuilder<unknown>): RawBuilder<boolean> => sql`
  exists (select from worker_pools where worker_pools.pool_id = ${poolId} and ${isNotStale})`;
