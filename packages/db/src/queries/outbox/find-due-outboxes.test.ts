import { grantEndlessLease, setHeartbeatAge } from '@incidents/testing/fixtures/worker-pools';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, expect, test } from 'vitest';
import { findDueOutboxes } from './find-due-outboxes.ts';

const database = useTestDatabase();

beforeEach(async () => {
  await database.db.pool.query('truncate outboxes, worker_pools restart identity');
  for (const pool of ['mine', 'living', 'expired']) await grantEndlessLease(database.db, pool);
  for (const pool of ['mine', 'living']) await setHeartbeatAge(database.db, pool, 0);
  await setHeartbeatAge(database.db, 'expired', 6);
});

/** @param due seconds from now */
const insert = (address: string, due: number | null, owner: string | null = null, channel = 'email') =>
  database.db.pool.query(
    `insert into outboxes (channel, address, owner, due_at)
     values ($4, $1, $3, coalesce(now() + make_interval(secs => $2::float8), 'infinity'))`,
    [address, due, owner, channel],
  );
async function found(channels = ['email', 'telegram']) {
  const { rows } = await database.db.pool.query<{ id: number; address: string }>(
    'select id, address from outboxes',
  );
  const due = await findDueOutboxes(database.db.kysely, 'mine', channels);
  return due.map(({ id }) => rows.find((row) => row.id === id)?.address);
}

test('finds due outboxes, the longest due first', async () => {
  await insert('now', 0);
  await insert('later', 5);
  await insert('long ago', -60);
  await insert('never', null);
  expect(await found()).toEqual(['long ago', 'now']);
});

test('finds outboxes without an owner, of this pool and of released or reaped pools', async () => {
  await insert('of none', -5);
  await insert('of mine', -4, 'mine');
  await insert('of a living pool', -3, 'living');
  await insert('of a released pool', -2, 'expired');
  await insert('of a reaped pool', -1, 'forgotten');
  // An expired lease may be a stall of PostgreSQL, so the pool owns its outboxes until it is reaped.
  expect(await found()).toEqual(['of none', 'of mine', 'of a reaped pool']);
  await database.db.pool.query(`update worker_pools set heartbeat_at = 'epoch' where pool_id = 'expired'`);
  expect(await found()).toEqual(['of none', 'of mine', 'of a released pool', 'of a reaped pool']);
});

test('finds outboxes of the given channels only', async () => {
  await insert('a@example.com', 0);
  await insert('7', 0, null, 'telegram');
  expect(await found(['telegram'])).toEqual(['7']);
  expect(await findDueOutboxes(database.db.kysely, 'mine', ['email'])).toMatchObject([{ channel: 'email' }]);
  expect(await found([])).toEqual([]);
});

test('finds outboxes that were last changed before the clock was set back', async () => {
  await insert('of the future', 3_600);
  await insert('of now', 3_600);
  await database.db.pool.query(
    `update outboxes set updated_at = now() + interval '2 hours' where address = 'of the future'`,
  );
  expect(await found()).toEqual(['of the future']);
});

test('finds at most 500 outboxes', async () => {
  await database.db.pool.query(
    `insert into outboxes (channel, address, due_at) select 'email', n || '@example.com', now() from generate_series(1, 700) as n`,
  );
  expect(await found()).toHaveLength(500);
});
