import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from './tables/database.ts';

/** Seconds between two heartbeats of a worker pool. */
export const HEARTBEAT_SECONDS = 1;

/** Seconds of silence, by the database's clock, after which a pool is taken for dead and its jobs are freed. */
export const LEASE_SECONDS = 5;

/**
 * The task of a pool's own heartbeat jobs. The queue keeps the names of tasks for ever, hence one per slot and not
 * per pool; what lists or counts jobs for people leaves these out.
 */
export const heartbeatTask = (slot: number | string): string => `heartbeat:${slot}`;

/** `like` pattern of every heartbeat task. */
export const HEARTBEAT_TASKS = heartbeatTask('%');

/** The worker pool has been silent for too long: its jobs may be others' by now, so it must begin nothing more. */
export class LeaseLost extends Error {
  constructor(poolId: string) {
    super(`worker pool ${poolId} has lost its lease`);
  }
}

/** Whether the pool of the given expression, an id or null, is alive. */
export const poolIsAlive = (poolId: RawBuilder<unknown>): RawBuilder<boolean> => sql`
  exists (
    select from worker_pools
    where worker_pools.pool_id = ${poolId} and heartbeat_at > now() - make_interval(secs => ${LEASE_SECONDS})
  )`;

/** @throws LeaseLost unless the pool is alive */
export async function assertLease(db: Kysely<Database>, poolId: string): Promise<void> {
  const { rows } = await sql<{ alive: boolean }>`select ${poolIsAlive(sql`${poolId}`)} as alive`.execute(db);
  if (!rows[0]?.alive) throw new LeaseLost(poolId);
}
