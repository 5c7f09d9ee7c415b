import type { Kysely } from 'kysely';
import { isLiving } from '../../lease.ts';
import type { Database } from '../../tables/database.ts';
import type { WorkerPoolTable } from '../../tables/worker-pool.ts';
import { isoTime } from '../iso-time.ts';

/** A living worker pool; times are ISO 8601 in UTC. */
export interface LivePoolRow extends Pick<WorkerPoolTable, 'pool_id' | 'name' | 'concurrency' | 'tasks'> {
  started_at: string;
}

export const selectLivePools = (db: Kysely<Database>): Promise<LivePoolRow[]> =>
  db
    .selectFrom('worker_pools')
    .select(['pool_id', 'name', 'concurrency', 'tasks', isoTime('started_at').as('started_at')])
    .where(isLiving)
    .orderBy('slot')
    .execute();
