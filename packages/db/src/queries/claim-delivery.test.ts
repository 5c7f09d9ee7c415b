import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { LeaseLost } from '../lease.ts';
import { forgetDeliveries, plan, someChange, someDelivery } from '../testing/deliveries.ts';
import { useTestDatabase } from '../testing/test-database.ts';
import { silence, THIS_POOL } from '../testing/worker-pools.ts';
import { claimDelivery } from './claim-delivery.ts';
import { insertDeliveries } from './insert-deliveries.ts';
import { findDelivery, listDeliveries } from './list-deliveries.ts';

const database = useTestDatabase();
const claim = (id: number) => claimDelivery(database.db.kysely, id, THIS_POOL);

beforeEach(() => forgetDeliveries(database.db));

test('takes a delivery that is due and counts the attempt', async () => {
  const before = await someDelivery(database.db);
  await database.db.pool.query(`update deliveries set series_began_at = now() - interval '100 seconds'`);
  const claimed = await claim(before.id);
  expect(claimed).toEqual({
    ...before,
    state: 'sending',
    attempts: 1,
    updated_at: claimed?.updated_at,
    event_kind: 'created',
    age: expect.closeTo(100, -1),
  });
  const { event_kind, age, ...row } = claimed ?? {};
  expect(await findDelivery(database.db.kysely, before.id)).toEqual(row);
});

test('says that the event was a change', async () => {
  const event = await someChange(database.db);
  await insertDeliveries(database.db.kysely, plan(event));
  const [row] = await listDeliveries(database.db.kysely, event.incident_id, { skip: 0, limit: 1 });
  expect(await claim(row?.id ?? 0)).toMatchObject({ event_kind: 'updated' });
});

test('one that is being sent is taken over, and that is another attempt', async () => {
  const { id } = await someDelivery(database.db);
  await claim(id);
  expect(await claim(id)).toMatchObject({ id, state: 'sending', attempts: 2 });
});

test.each(['sent', 'failed', 'skipped'])('one that is %s is left alone', async (state) => {
  const { id } = await someDelivery(database.db);
  // Also while it still names a time: the state alone decides.
  await database.db.pool.query('update deliveries set state = $1', [state]);
  const before = await findDelivery(database.db.kysely, id);
  expect(await claim(id)).toBeUndefined();
  expect(await findDelivery(database.db.kysely, id)).toEqual(before);
});

test('one that is not due is left alone', async () => {
  const { id } = await someDelivery(database.db);
  await database.db.pool.query(`update deliveries set next_attempt_at = now() + interval '1 minute'`);
  const before = await findDelivery(database.db.kysely, id);
  expect(await claim(id)).toBeUndefined();
  expect(await findDelivery(database.db.kysely, id)).toEqual(before);
});

test.each([
  { due: 1, taken: true, because: 'its job, that knows the time more exactly than the column, runs once' },
  { due: 2, taken: false, because: 'no rounding makes that of now' },
])(
  'one that is due with the $due. millisecond to begin: taken is $taken, $because',
  async ({ due, taken }) => {
    const { id } = await someDelivery(database.db);
    const claimed = await database.db.kysely.transaction().execute(async (transaction) => {
      // Time stands still within a transaction.
      await sql`
      update deliveries
      set next_attempt_at = date_trunc('milliseconds', now()) + make_interval(secs => ${due / 1000})`.execute(
        transaction,
      );
      return claimDelivery(transaction, id, THIS_POOL);
    });
    expect(claimed !== undefined).toBe(taken);
  },
);

test('the row says who took it', async () => {
  const { id } = await someDelivery(database.db);
  await claim(id);
  const { rows } = await database.db.pool.query('select claimed_by from deliveries where id = $1', [id]);
  expect(rows).toEqual([{ claimed_by: THIS_POOL }]);
});

test.each([
  ['that has been silent for longer than the lease', () => silence(database.db, THIS_POOL, 5.1)],
  ['that nobody knows any more', () => database.db.pool.query('delete from worker_pools')],
])('a worker %s takes nothing', async (_who, dies) => {
  const before = await someDelivery(database.db);
  await dies();
  await expect(claim(before.id)).rejects.toThrow(LeaseLost);
  expect(await findDelivery(database.db.kysely, before.id)).toEqual(before);
});

test('a worker that has been silent for a while, but not for as long as that, goes on', async () => {
  const { id } = await someDelivery(database.db);
  await silence(database.db, THIS_POOL, 3);
  expect(await claim(id)).toMatchObject({ id, state: 'sending' });
});

test('there is none with this id', async () => {
  expect(await claim(404)).toBeUndefined();
});

test('one that was scheduled before the clock was set back is due', async () => {
  const { id } = await someDelivery(database.db);
  await database.db.pool.query(
    `update deliveries set next_attempt_at = now() + interval '2 hours', updated_at = now() + interval '2 hours'`,
  );
  expect(await claim(id)).toMatchObject({ id, state: 'sending' });
});
