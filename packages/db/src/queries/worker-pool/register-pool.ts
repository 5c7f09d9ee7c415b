import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import type { WorkerPoolTable } from '../../tables/worker-pool.ts';

export interface NewWorkerPool
  extends Pick<WorkerPoolTable, 'name' | 'concurrency' | 'tasks' | 'recipients'> {
  id: string;
}

/** @returns its slot, the smallest number that no other pool has */
export async function registerPool(db: Kysely<Database>, pool: NewWorkerPool): Promise<number> {
  for (;;) {
    // Two that register at once may choose the same slot: the second finds a conflict and chooses again.
    const { rows } = await sql<{ slot: number }>`
      insert into worker_pools (pool_id, slot, name, concurrency, tasks, recipients)
      select ${pool.id}, free.slot, ${pool.name}, ${pool.concurrency}, ${pool.tasks}::text[],
        ${JSON.stringify(pool.recipients)}::jsonb
      from generate_series(1, (select count(*) + 1 from worker_pools)) as free (slot)
      where not exists (select from worker_pools where worker_pools.slot = free.slot)
      order by free.slot limit 1
      on conflict (slot) do nothing
      returning slot`.execute(db);
    const [row] = rows;
    if (row !== undefined) return row.slot;
  }
}
