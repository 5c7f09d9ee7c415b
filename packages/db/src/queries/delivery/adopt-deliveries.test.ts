import {
  forgetDeliveries,
  gatheredDelivery,
  NOW_ROUNDED_DOWN,
  outboxes,
  someDelivery,
  waitForRoundedTime,
} from '@incidents/testing/fixtures/deliveries';
import { grantEndlessLease, THIS_POOL } from '@incidents/testing/fixtures/worker-pools';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, describe, expect, test } from 'vitest';
import { type AdoptedDeliveries, adoptDeliveries } from './adopt-deliveries.ts';
import { claimDeliveries } from './claim-deliveries.ts';

const database = useTestDatabase();

beforeEach(async () => {
  await forgetDeliveries(database.db);
  await grantEndlessLease(database.db);
});

const adopt = (which: AdoptedDeliveries) => adoptDeliveries(database.db.kysely, which);
const set = (assignments: string) => database.db.pool.query(`update deliveries set ${assignments}`);

async function orphan() {
  await set('outbox_id = null');
  await database.db.pool.query('truncate outboxes restart identity');
}
async function deliveries() {
  const { rows } = await database.db.pool.query(
    `select id, outbox_id, state, attempts, digest, next_attempt_at <= now() as due from deliveries order by id`,
  );
  return rows;
}
async function taken() {
  const results = await claimDeliveries(
    database.db.kysely,
    (await outboxes(database.db)).map(({ id }) => ({ outboxId: id, limit: 20 })),
    { poolId: THIS_POOL, mergesEvents: false },
  );
  return results.flatMap((result) => result.deliveries.map(({ id }) => id));
}

describe('adoptDeliveries of one delivery', () => {
  test.each(['pending', 'sending'])(
    'gives a delivery that is %s an outbox, which sends it',
    async (state) => {
      const { id } = await someDelivery(database.db, {
        channel: 'telegram',
        transport: 'telegram',
        recipients: ['@Ops:7'],
      });
      await set(`state = '${state}', attempts = 3`);
      await orphan();
      expect(await adopt({ deliveryId: id })).toEqual([{ id: 1, channel: 'telegram', dueInMs: 0 }]);
      expect(await outboxes(database.db)).toMatchObject([
        { id: 1, channel: 'telegram', address: '@ops', wakeups: 0 },
      ]);
      expect(await deliveries()).toEqual([
        { id, outbox_id: 1, state: 'pending', attempts: 3, digest: false, due: true },
      ]);
      expect(await taken()).toEqual([id]);
    },
  );

  test('keeps the time of the next attempt', async () => {
    const { id } = await someDelivery(database.db);
    await set(`next_attempt_at = now() + interval '1 minute'`);
    await orphan();
    await adopt({ deliveryId: id });
    expect(await deliveries()).toMatchObject([{ outbox_id: 1, due: false }]);
    expect(await taken()).toEqual([]);
  });

  test.each(['sent', 'failed', 'skipped'])('leaves a delivery that is %s unchanged', async (state) => {
    const { id } = await someDelivery(database.db);
    await set(`state = '${state}'`);
    await orphan();
    expect(await adopt({ deliveryId: id })).toEqual([]);
    expect(await deliveries()).toMatchObject([{ outbox_id: null, state }]);
    expect(await outboxes(database.db)).toEqual([]);
  });

  test('keeps the outbox of a delivery that an API of the previous version retried', async () => {
    const { id } = await someDelivery(database.db);
    await taken();
    await set(`state = 'failed'`);
    expect(await taken()).toEqual([]);
    await set(`state = 'pending', next_attempt_at = ${NOW_ROUNDED_DOWN}`);
    expect(await adopt({ deliveryId: id })).toEqual([{ id: 1, channel: 'email', dueInMs: 0 }]);
    expect((await outboxes(database.db))[0]?.due_in).toBeLessThanOrEqual(0);
    expect(await taken()).toEqual([id]);
  });

  test('adopts no delivery with an unknown id', async () => {
    expect(await adopt({ deliveryId: 404 })).toEqual([]);
  });

  test('adopts a delivery once in concurrent calls', async () => {
    const { id } = await someDelivery(database.db);
    await orphan();
    await Promise.all(Array.from({ length: 8 }, () => adopt({ deliveryId: id })));
    expect(await outboxes(database.db)).toHaveLength(1);
    expect(await deliveries()).toMatchObject([{ outbox_id: 1, state: 'pending' }]);
    expect(await taken()).toEqual([id]);
  });
});

describe('adoptDeliveries of a digest', () => {
  test('adopts all gathered deliveries of the recipient, due at once', async () => {
    const gathered = [
      await gatheredDelivery(database.db, 'a@example.com'),
      await gatheredDelivery(database.db, 'a@example.com'),
    ];
    await gatheredDelivery(database.db, 'b@example.com');
    await someDelivery(database.db, { recipients: ['a@example.com'] });
    await set('next_attempt_at = case when not digest then now() end');
    await orphan();
    expect(await adopt({ channel: 'email', recipient: 'a@example.com' })).toEqual([
      { id: 1, channel: 'email', dueInMs: 0 },
    ]);
    expect((await deliveries()).map(({ outbox_id }) => outbox_id)).toEqual([1, 1, null, null]);
    await waitForRoundedTime(database.db);
    expect(await taken()).toEqual(gathered.map(({ id }) => id));
  });

  test('adopts no delivery of another channel', async () => {
    await gatheredDelivery(database.db, 'a@example.com');
    await orphan();
    expect(await adopt({ channel: 'telegram', recipient: 'a@example.com' })).toEqual([]);
  });
});
