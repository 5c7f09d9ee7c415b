import {
  deliveryOf,
  forgetDeliveries,
  gatheredDelivery,
  someDelivery,
  waitingJobs,
} from '@incidents/testing/fixtures/deliveries';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, describe, expect, test } from 'vitest';
import { findDelivery } from './find-delivery.ts';
import { type FailedDeliveries, restartDelivery, restartFailedDeliveries } from './restart-deliveries.ts';

const database = useTestDatabase();
const find = (id: number) => findDelivery(database.db.kysely, id);

const set = (assignments: string, ids?: number[]) =>
  database.db.pool.query(`update deliveries set ${assignments} where $1::bigint[] is null or id = any($1)`, [
    ids ?? null,
  ]);

async function outboxes() {
  const { rows } = await database.db.pool.query<{
    id: number;
    channel: string;
    address: string;
    wakeups: number;
  }>(`select id, channel, address, wakeups, due_at <= now() as due from outboxes order by channel, address`);
  return rows;
}

const outboxIds = async () => {
  const { rows } = await database.db.pool.query('select outbox_id from deliveries order by id');
  return rows.map(({ outbox_id }) => outbox_id);
};

beforeEach(() => forgetDeliveries(database.db));

describe('restartDelivery', () => {
  test('begins a new series of a failed delivery outside of its digest, and wakes the outbox', async () => {
    const before = await gatheredDelivery(database.db, 'a@example.com');
    await set(
      `state = 'failed', attempts = 40, last_error = '550', next_attempt_at = null, series_began_at = '2025-11-08'`,
    );
    await database.db.pool.query(`update outboxes set due_at = 'infinity'`);
    const retried = await restartDelivery(database.db.kysely, before.id);
    expect(retried).toEqual(await deliveryOf(database.db, before.incident_id));
    expect(retried).toMatchObject({ state: 'pending', attempts: 0, digest: false, last_error: '550' });
    expect(await outboxes()).toEqual([
      { id: 1, channel: 'email', address: 'a@example.com', wakeups: 1, due: true },
    ]);
    expect(await outboxIds()).toEqual([1]);
    const { rows } = await database.db.pool.query(
      `select next_attempt_at <= now() and series_began_at > now() - interval '1 minute' as fresh from deliveries`,
    );
    expect(rows).toEqual([{ fresh: true }]);
    expect(await waitingJobs(database.db)).toEqual([]);
  });

  test('makes a pending delivery due, and counts a wakeup of an existing outbox', async () => {
    const { id } = await someDelivery(database.db, {
      channel: 'telegram',
      transport: 'telegram',
      recipients: ['@Ops:7'],
    });
    await set(`next_attempt_at = now() + interval '1 hour', attempts = 5`);
    await database.db.pool.query(
      `update outboxes set due_at = now() + interval '1 hour', closed_until = '2100-01-01'`,
    );
    expect(await restartDelivery(database.db.kysely, id)).toMatchObject({ state: 'pending', attempts: 0 });
    expect(await outboxes()).toEqual([
      { id: 1, channel: 'telegram', address: '@ops', wakeups: 1, due: true },
    ]);
    // A closure that the server asked for stays.
    const { rows } = await database.db.pool.query('select closed_until > now() as closed from outboxes');
    expect(rows).toEqual([{ closed: true }]);
  });

  test.each(['sending', 'sent', 'logged', 'skipped'])(
    'leaves a delivery that is %s unchanged',
    async (state) => {
      const { id } = await someDelivery(database.db);
      await set(`state = '${state}'`);
      const before = [await find(id), await outboxes()];
      expect(await restartDelivery(database.db.kysely, id)).toBeUndefined();
      expect([await find(id), await outboxes()]).toEqual(before);
    },
  );

  test('creates the outbox of a delivery that a worker of the previous version planned', async () => {
    const { id } = await someDelivery(database.db);
    await set(`state = 'failed', outbox_id = null`);
    await database.db.pool.query('truncate outboxes restart identity');
    expect(await restartDelivery(database.db.kysely, id)).toMatchObject({ state: 'pending' });
    expect(await outboxes()).toEqual([
      { id: 1, channel: 'email', address: 'duty@example.com', wakeups: 0, due: true },
    ]);
    expect(await outboxIds()).toEqual([1]);
  });

  test('finds no delivery with an unknown id', async () => {
    expect(await restartDelivery(database.db.kysely, 404)).toBeUndefined();
  });

  test('waits for a concurrent claim, and then leaves the delivery unchanged', async () => {
    const { id } = await someDelivery(database.db);
    const worker = await database.db.pool.connect();
    try {
      await worker.query('begin');
      await worker.query(`update deliveries set state = 'sending', attempts = 1 where id = $1`, [id]);
      const retried = restartDelivery(database.db.kysely, id);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await worker.query('commit');
      expect(await retried).toBeUndefined();
    } finally {
      worker.release(true);
    }
    expect(await find(id)).toMatchObject({ state: 'sending', attempts: 1 });
  });
});

describe('restartFailedDeliveries', () => {
  const retry = (filter: Partial<FailedDeliveries> = {}) =>
    restartFailedDeliveries(database.db.kysely, { after: 0, limit: 100, ...filter });
  const states = async () => {
    const { rows } = await database.db.pool.query('select state from deliveries order by id');
    return rows.map(({ state }) => state);
  };
  let ids: number[];

  /** Two failed e-mails to a, one to b, one failed message to chat 7, a pending e-mail. */
  beforeEach(async () => {
    const chat = { channel: 'telegram' as const, transport: 'telegram' as const, recipients: ['7:1'] };
    const rows = [
      await someDelivery(database.db, { recipients: ['a'] }),
      await someDelivery(database.db, { recipients: ['a'] }),
      await someDelivery(database.db, { recipients: ['b'] }),
      await someDelivery(database.db, chat),
      await someDelivery(database.db, { recipients: ['a'] }),
    ];
    ids = rows.map(({ id }) => id);
    await set(`state = 'failed', attempts = 3`, ids.slice(0, 4));
  });

  test('retries all, each with the outbox of its recipient', async () => {
    expect(await retry()).toEqual({ retried: 4, found: 4, last: ids[3] });
    expect(await states()).toEqual(Array.from({ length: 5 }, () => 'pending'));
    expect((await outboxes()).map(({ address }) => address)).toEqual(['a', 'b', '7']);
    const [a, b, chat] = (await outboxes()).map(({ id }) => id);
    expect(await outboxIds()).toEqual([a, a, b, chat, a]);
    expect(await retry()).toEqual({ retried: 0, found: 0, last: null });
  });

  test.each<[string, Partial<FailedDeliveries>, number]>([
    ['a channel', { channel: 'telegram' }, 1],
    ['a recipient', { recipient: 'a' }, 2],
    ['both', { channel: 'telegram', recipient: 'a' }, 0],
    ['an unknown recipient', { recipient: 'A' }, 0],
  ])('retries only those of %s', async (_, filter, expected) => {
    expect(await retry(filter)).toMatchObject({ retried: expected, found: expected });
    expect((await states()).filter((state) => state === 'failed')).toHaveLength(4 - expected);
  });

  test('retries only those about an incident', async () => {
    const incident_id = (await find(ids[2] ?? 0))?.incident_id;
    expect(await retry({ incident_id })).toEqual({ retried: 1, found: 1, last: ids[2] });
  });

  test('begins with the smallest ids after the given one', async () => {
    expect(await retry({ limit: 2 })).toEqual({ retried: 2, found: 2, last: ids[1] });
    expect(await retry({ after: ids[2] ?? 0 })).toEqual({ retried: 1, found: 1, last: ids[3] });
    expect(await states()).toEqual(['pending', 'pending', 'failed', 'pending', 'pending']);
  });

  test('retries each delivery once in concurrent calls', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, () => retry()));
    expect(results.reduce((sum, { retried }) => sum + retried, 0)).toBe(4);
  });
});
