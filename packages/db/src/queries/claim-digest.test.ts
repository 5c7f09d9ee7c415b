import { sql } from 'kysely';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { createDb } from '../client.ts';
import { LeaseLost } from '../lease.ts';
import { waitingForLock } from '../testing/backends.ts';
import { forgetDeliveries, gatheredDelivery, someDelivery, someEvent } from '../testing/deliveries.ts';
import { useTestDatabase } from '../testing/test-database.ts';
import { keepAlive, silence, THIS_POOL } from '../testing/worker-pools.ts';
import { claimDigest, digestIsWaiting, lastGathered } from './claim-digest.ts';
import { findDelivery } from './list-deliveries.ts';
import { lockRecipients } from './lock-recipients.ts';

const database = useTestDatabase();
const claim = (limit = 100, upTo = Number.MAX_SAFE_INTEGER) =>
  claimDigest(database.db.kysely, 'email', 'a', { upTo, limit, poolId: THIS_POOL });
const find = (id: number) => findDelivery(database.db.kysely, id);
const gather = async (count: number, recipient = 'a') => {
  const rows = [];
  for (let index = 0; index < count; index++) rows.push(await gatheredDelivery(database.db, recipient));
  return rows;
};
const ids = (rows: { id: number }[]) => rows.map(({ id }) => id);

beforeEach(async () => {
  await forgetDeliveries(database.db);
  // Alive for others as well, for longer than a test takes.
  await silence(database.db, THIS_POOL, -4);
});

test('takes the oldest of what gathered for the recipient, as the incidents are now, and counts the attempt', async () => {
  const rows = await gather(4);
  await gather(2, 'b');
  await someDelivery(database.db, { recipients: ['a'] });
  await database.db.pool.query(`update incidents set status = 'закрыт'`);
  await database.db.pool.query(`update deliveries set series_began_at = now() - interval '100 seconds'`);
  const claimed = await claim(3);
  expect(ids(claimed)).toEqual(ids(rows.slice(0, 3)));
  expect(claimed[0]).toEqual({
    id: rows[0]?.id,
    incident_id: rows[0]?.incident_id,
    transport: 'smtp',
    attempts: 1,
    age: expect.closeTo(100, -1),
    text: 'Бот не отвечает',
    status: 'закрыт',
    source: 'operator',
    created_at: expect.stringMatching(/Z$/),
  });
  for (const { id } of claimed) expect(await find(id)).toMatchObject({ state: 'sending', attempts: 1 });
  expect(ids(await claim())).toEqual(ids(rows.slice(3)));
  expect(await claim()).toEqual([]);
});

test('takes nothing that joined after the given one', async () => {
  const rows = await gather(3);
  await gather(1, 'b');
  const last = () => lastGathered(database.db.kysely, 'email', 'a');
  expect(await last()).toBe(rows[2]?.id);
  expect(ids(await claim(100, rows[1]?.id))).toEqual(ids(rows.slice(0, 2)));
  expect(ids(await claim())).toEqual(ids(rows.slice(2)));
  expect(await last()).toBe(rows[2]?.id);
  await database.db.pool.query(`update deliveries set state = 'sent' where id = $1`, [rows[2]?.id]);
  expect(await last()).toBe(rows[1]?.id);
  await database.db.pool.query(`update deliveries set state = 'sent' where recipient = 'a'`);
  expect(await last()).toBeUndefined();
});

test('what is being planned at the moment is waited for', async () => {
  const waiter = createDb({
    url: database.url,
    poolSize: 1,
    applicationName: 'incidents-waiter',
    onConnectionError: () => {},
  });
  onTestFinished(() => waiter.close());
  const event = await someEvent(database.db);
  const last = await database.db.kysely.transaction().execute(async (transaction) => {
    await lockRecipients(transaction, 'email', ['a']);
    const waiting = lastGathered(waiter.kysely, 'email', 'a');
    await waitingForLock(database.db, 'incidents-waiter');
    // For somebody else nobody waits.
    expect(await lastGathered(database.db.kysely, 'email', 'b')).toBeUndefined();
    const { rows } = await sql<{ id: number }>`
      insert into deliveries (event_id, incident_id, channel, transport, recipient, digest)
      values (${event.event_id}, ${event.incident_id}, 'email', 'smtp', 'a', true)
      returning id`.execute(transaction);
    return { waiting, id: rows[0]?.id };
  });
  expect(last.id).toBeDefined();
  expect(await last.waiting).toBe(last.id);
});

test('asked by several at once, each is given to one of them', async () => {
  const rows = await gather(20);
  const claimed = await Promise.all(Array.from({ length: 8 }, () => claim(5)));
  const taken = claimed.flat();
  expect(new Set(ids(taken)).size).toBe(taken.length);
  expect([...ids(taken), ...ids(await claim())].sort((a, b) => a - b)).toEqual(ids(rows));
});

test('what somebody else is sending is left to them, unless they must be gone', async () => {
  const rows = await gather(2);
  await claim();
  await database.db.pool.query(`update deliveries set updated_at = now() - interval '119 seconds'`);
  expect(await claim()).toEqual([]);
  await database.db.pool.query(`update deliveries set updated_at = now() - interval '121 seconds'`);
  expect(ids(await claim())).toEqual(ids(rows));
  expect(await find(rows[0]?.id ?? 0)).toMatchObject({ state: 'sending', attempts: 2 });
});

test('what a worker that is silent was sending is taken over at once', async () => {
  const rows = await gather(2);
  await keepAlive(database.db, 'pool-gone');
  await silence(database.db, 'pool-gone', 0);
  await claimDigest(database.db.kysely, 'email', 'a', {
    upTo: ids(rows)[1] ?? 0,
    limit: 2,
    poolId: 'pool-gone',
  });
  expect(await claim()).toEqual([]);
  await silence(database.db, 'pool-gone', 6);
  expect(ids(await claim())).toEqual(ids(rows));
});

test('whoever is taken for dead gets nothing', async () => {
  const rows = await gather(2);
  await silence(database.db, THIS_POOL, 6);
  await expect(claim()).rejects.toThrow(LeaseLost);
  await keepAlive(database.db);
  expect(ids(await claim())).toEqual(ids(rows));
});

test('what is about an incident that no longer exists is skipped', async () => {
  const [gone, there] = await gather(2);
  await database.db.pool.query('delete from incidents where id = $1', [gone?.incident_id]);
  // As it is after an attempt that has to be made again.
  await database.db.pool.query('update deliveries set next_attempt_at = now()');
  expect(ids(await claim())).toEqual([there?.id]);
  expect(await find(gone?.id ?? 0)).toMatchObject({
    state: 'skipped',
    attempts: 0,
    last_error: 'the incident no longer exists',
    next_attempt_at: null,
  });
});

test.each([
  { state: 'pending', waiting: true },
  { state: 'sending', waiting: true },
  { state: 'sent', waiting: false },
  { state: 'failed', waiting: false },
  { state: 'skipped', waiting: false },
])('whether anything waits, with one that is $state: $waiting', async ({ state, waiting }) => {
  await gather(1);
  await gather(1, 'b');
  await someDelivery(database.db, { recipients: ['c'] });
  await database.db.pool.query(`update deliveries set state = $1 where recipient = 'a'`, [state]);
  const { kysely } = database.db;
  expect(await digestIsWaiting(kysely, 'email', 'a')).toBe(waiting);
  expect(await digestIsWaiting(kysely, 'email', 'b')).toBe(true);
  expect(await digestIsWaiting(kysely, 'telegram', 'b')).toBe(false);
  expect(await digestIsWaiting(kysely, 'email', 'c')).toBe(false);
});
