import { type RawBuilder, sql } from 'kysely';
import { isFromFuture } from './clock.ts';

export const HEARTBEAT_SECONDS = 1;

/** Seconds of silence, by the database's clock, after which a pool is taken for dead and its jobs are freed. */
export const LEASE_SECONDS = 5;

/** One per slot, not per pool: the queue keeps task names for ever. Lists and counts leave these out. */
export const heartbeatTask = (slot: number | string): string => `heartbeat:${slot}`;

export const HEARTBEAT_TASKS = heartbeatTask('%');

const isNotStale = sql`heartbeat_at > now() - make_interval(secs => ${sql.lit(LEASE_SECONDS)})`;

/** Of `worker_pools`: whether the pool is alive. One of whom the clock lost the heartbeats by being set back is not. */
export const isAlive: RawBuilder<boolean> = sql`(${isNotStale} and not ${isFromFuture(sql`heartbeat_at`)})`;

/** Whether a pool (id or null) is released or removed. A stale heartbeat may be a stall of PostgreSQL. */
export const poolIsGone = (poolId: RawBuilder<unknown>): RawBuilder<boolean> => sql`
  not exists (select from worker_pools where worker_pools.pool_id = ${poolId} and heartbeat_at > 'epoch')`;

/**
 * Whether the pool of the given id may begin to send. Until its next heartbeat after the clock was set back its last one
 * lies in the future; its jobs are its own as long as its row stands.
 */
export const holdsLease = (poolId: RawBuilder<unknown>): RawBuilder<boolean> => sql`
  exists (select from worker_pools where worker_pools.pool_id = ${poolId} and ${isNotStale})`;
