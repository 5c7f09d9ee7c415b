import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { forgetDeliveries, plan, someChange, someDelivery } from '../testing/deliveries.ts';
import { useTestDatabase } from '../testing/test-database.ts';
import { claimDelivery } from './claim-delivery.ts';
import { insertDeliveries } from './insert-deliveries.ts';
import { findDelivery, listDeliveries } from './list-deliveries.ts';

const database = useTestDatabase();
const claim = (id: number) => claimDelivery(database.db.kysely, id);

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
      return claimDelivery(transaction, id);
    });
    expect(claimed !== undefined).toBe(taken);
  },
);

test('there is none with this id', async () => {
  expect(await claim(404)).toBeUndefined();
});
