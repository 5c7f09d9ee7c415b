import { onTestFinished } from 'vitest';
import type { Db } from '../client.ts';
import { HEARTBEAT_SECONDS, LEASE_SECONDS } from '../lease.ts';

/** A worker pool that is alive in every test that deals with deliveries. */
export const THIS_POOL = 'pool-of-this-test';

/** Lets a worker pool begin to send for as long as its row stands there; others take it for dead. */
export const keepAlive = (db: Db, poolId = THIS_POOL) =>
  db.pool.query(
    `insert into worker_pools (pool_id, slot, name, concurrency, tasks, heartbeat_at)
     values ($1, 1000 + floor(random() * 1000000000), 'test', 1, '{}', 'infinity')
     on conflict (pool_id) do update set heartbeat_at = 'infinity'`,
    [poolId],
  );

/** As if a pool had not been heard for so many seconds. */
export const silence = (db: Db, poolId: string, seconds: number) =>
  db.pool.query(
    'update worker_pools set heartbeat_at = now() - make_interval(secs => $2) where pool_id = $1',
    [poolId, seconds],
  );

/** As if a worker pool had been released, or a living one had found it silent. */
export const endPool = (db: Db, poolId: string) =>
  db.pool.query(`update worker_pools set heartbeat_at = 'epoch' where pool_id = $1`, [poolId]);

/** A worker pool that is heard every second until the test ends. Once silent, it ends with its lease. */
export async function keepHeard(db: Db, poolId: string): Promise<{ fallSilent(): void }> {
  await keepAlive(db, poolId);
  await silence(db, poolId, 0);
  const timer = setInterval(() => void silence(db, poolId, 0).catch(() => {}), HEARTBEAT_SECONDS * 1_000);
  let end: NodeJS.Timeout | undefined;
  const fallSilent = () => {
    clearInterval(timer);
    end = setTimeout(() => void endPool(db, poolId).catch(() => {}), LEASE_SECONDS * 1_000);
  };
  onTestFinished(() => {
    clearInterval(timer);
    clearTimeout(end);
  });
  return { fallSilent };
}
