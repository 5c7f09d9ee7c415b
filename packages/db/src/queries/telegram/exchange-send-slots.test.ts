import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { type Kysely, sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { createDb } from '../../client.ts';
import type { Database } from '../../tables/database.ts';
import { createSendSlots, exchangeSendSlots, type SlotExchange } from './exchange-send-slots.ts';

const database = useTestDatabase();
const TOTAL = 5;
const HOLD_MS = 60_000;

beforeEach(async () => {
  await database.db.pool.query('truncate telegram_turns');
  await createSendSlots(database.db.kysely, TOTAL);
});

const exchange = (options: Partial<SlotExchange> = {}, db: Kysely<Database> = database.db.kysely) =>
  exchangeSendSlots(db, { total: TOTAL, returned: [], count: 1, after: 0, holdMs: HOLD_MS, ...options });
const setTimesBack = (interval: string) =>
  database.db.pool.query(
    `update telegram_turns set next_at = next_at - $1::interval, updated_at = updated_at - $1::interval`,
    [interval],
  );

describe('exchangeSendSlots', () => {
  test('takes at most the slots that are free, from the given one on', async () => {
    const { taken } = await exchange({ count: 3, after: 3 });
    expect(taken.map(({ number }) => number).toSorted()).toEqual([1, 4, 5]);
    expect((await exchange({ count: 3 })).taken).toHaveLength(2);
    const { taken: none, waitMs } = await exchange();
    expect(none).toEqual([]);
    expect(waitMs).toBeGreaterThan(HOLD_MS / 2);
    expect(waitMs).toBeLessThanOrEqual(HOLD_MS);
  });

  test('makes a returned slot free after its time', async () => {
    const { taken } = await exchange({ count: TOTAL });
    const returned = taken.map((slot) => ({ ...slot, freeInMs: 30_000 }));
    const { waitMs } = await exchange({ returned });
    // The statement that returns slots still sees them as held.
    expect(waitMs).toBeGreaterThan(HOLD_MS / 2);
    expect((await exchange()).waitMs).toBeLessThanOrEqual(30_001);
    await setTimesBack('31 seconds');
    expect((await exchange({ count: 10 })).taken).toHaveLength(TOTAL);
  });

  test('frees a slot that was not returned in time', async () => {
    await exchange({ count: TOTAL });
    await setTimesBack('61 seconds');
    expect((await exchange({ count: 10 })).taken).toHaveLength(TOTAL);
  });

  test('does not free a returned slot that another holder has taken', async () => {
    const { taken } = await exchange({ count: TOTAL });
    await setTimesBack('61 seconds');
    await exchange({ count: TOTAL });
    await exchange({ returned: taken.map((slot) => ({ ...slot, freeInMs: 0 })) });
    expect((await exchange()).taken).toEqual([]);
  });

  test('frees every slot after the clock was set back', async () => {
    await exchange({ count: TOTAL });
    await setTimesBack('-2 hours');
    expect((await exchange({ count: 10 })).taken).toHaveLength(TOTAL);
    expect((await exchange()).taken).toEqual([]);
  });

  test('commits asynchronously when it only takes slots', async () => {
    await database.db.kysely.transaction().execute(async (transaction) => {
      // Test databases commit asynchronously by default.
      await sql`set local synchronous_commit = on`.execute(transaction);
      expect((await exchange({}, transaction)).taken).toHaveLength(1);
      const { rows } = await sql`show synchronous_commit`.execute(transaction);
      expect(rows).toEqual([{ synchronous_commit: 'off' }]);
    });
  });

  test('reports that the slots have no rows', async () => {
    await database.db.pool.query('truncate telegram_turns');
    expect(await exchange()).toEqual({ taken: [], waitMs: null });
  });

  test('says to try again at once while another exchange has locked the new slots', async () => {
    await database.db.kysely.transaction().execute(async (transaction) => {
      await sql`select from telegram_turns for update`.execute(transaction);
      const { taken, waitMs } = await exchange();
      expect(taken).toEqual([]);
      expect(waitMs).toBeLessThan(0);
    });
  });

  test('gives a slot to one of several concurrent callers', async () => {
    const connections = Array.from({ length: 8 }, () =>
      createDb({ url: database.url, poolSize: 1, applicationName: 'taking', onConnectionError: () => {} }),
    );
    try {
      const exchanges = await Promise.all(
        connections.map(({ kysely }, index) => exchange({ count: 2, after: index }, kysely)),
      );
      const numbers = exchanges.flatMap(({ taken }) => taken.map(({ number }) => number));
      expect(new Set(numbers).size).toBe(numbers.length);
    } finally {
      await Promise.all(connections.map((connection) => connection.close()));
    }
  });
});
