import { type Kysely, sql } from 'kysely';
import { isAlive } from '../lease.ts';
import type { Database } from '../tables/database.ts';
import type { WorkerPoolTable } from '../tables/worker-pool.ts';
import { isoTime } from './iso-time.ts';

/** A worker pool that is alive; times are ISO 8601 in UTC. */
export interface LivePoolRow extends Pick<WorkerPoolTable, 'pool_id' | 'name' | 'concurrency' | 'tasks'> {
  started_at: string;
}

/** The pools of workers that have said lately that they are alive, by slot. */
export async function liveWorkerPools(db: Kysely<Database>): Promise<LivePoolRow[]> {
  const { rows } = await sql<LivePoolRow>`
    select pool_id, name, concurrency, tasks, ${isoTime('started_at')} as started_at from worker_pools
    where ${isAlive}
    order by slot`.execute(db);
  return rows;
}
