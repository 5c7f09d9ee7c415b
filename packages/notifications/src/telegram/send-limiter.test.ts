import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createSendLimiter } from './send-limiter.ts';

const database = useTestDatabase();
const never = new AbortController().signal;
const PER_SECOND = 8;

beforeEach(() => database.db.pool.query('truncate telegram_turns'));

const MAX_SEND_MS = 5_000;

const createLimiter = (db = database.db.kysely) =>
  createSendLimiter(db, { perSecond: PER_SECOND, maxSendMs: MAX_SEND_MS });

/** Slots that are not free before `interval` has passed. */
async function countSlotsHeldFor(interval: string): Promise<number> {
  const { rows } = await database.db.pool.query<{ count: number }>(
    'select count(*)::int from telegram_turns where next_at > clock_timestamp() + $1::interval',
    [interval],
  );
  return rows[0]?.count ?? 0;
}

describe('createSendLimiter', () => {
  test('keeps the limit in every second at the receiver with sends of different durations', async () => {
    const sends: { startedAt: number; endedAt: number }[] = [];
    const limiters = Array.from({ length: 3 }, createLimiter);
    await Promise.all(
      Array.from({ length: 3 * PER_SECOND }, (_, index) =>
        limiters[index % limiters.length]?.run(never, async () => {
          const startedAt = performance.now();
          await sleep((index * 37) % 300);
          sends.push({ startedAt, endedAt: performance.now() });
        }),
      ),
    );
    expect(sends).toHaveLength(3 * PER_SECOND);
    // Each message may arrive at any time between start and end, so all of them count until a second after the end.
    for (const { startedAt } of sends) {
      const counted = sends.filter(
        (other) => other.startedAt <= startedAt && startedAt < other.endedAt + 1_000,
      );
      expect(counted.length).toBeLessThanOrEqual(PER_SECOND);
    }
  });

  test('counts a send until a second after its reply', async () => {
    const { promise: reply, resolve } = Promise.withResolvers<void>();
    const limiter = createLimiter();
    let begun = 0;
    const first = Array.from({ length: PER_SECOND }, () =>
      limiter.run(never, () => {
        begun += 1;
        return reply;
      }),
    );
    await eventually(() => expect(begun).toBe(PER_SECOND));
    let startedAt = 0;
    const next = createLimiter().run(never, async () => {
      startedAt = performance.now();
    });
    expect(await countSlotsHeldFor('4 seconds')).toBe(PER_SECOND);
    const repliedAt = performance.now();
    resolve();
    await Promise.all([...first, next]);
    expect(startedAt - repliedAt).toBeGreaterThanOrEqual(1_000);
  });

  test('rejects a caller that is aborted, and gives its slot to the next one', async () => {
    const limiter = createLimiter();
    const aborting = new AbortController();
    await Promise.all(Array.from({ length: PER_SECOND }, () => limiter.run(never, async () => {})));
    const aborted = limiter.run(aborting.signal, async () => 'sent');
    const next = limiter.run(never, async () => 'sent');
    aborting.abort();
    await expect(aborted).rejects.toThrow(/abort/i);
    expect(await next).toBe('sent');
  });

  test('returns used and unused slots when it is closed', async () => {
    const limiter = createLimiter();
    const aborting = new AbortController();
    await Promise.all(Array.from({ length: PER_SECOND - 1 }, () => limiter.run(never, async () => {})));
    const aborted = limiter.run(aborting.signal, async () => {});
    aborting.abort();
    await expect(aborted).rejects.toThrow(/abort/i);
    await limiter.close();
    // One second after the reply, rounded up.
    expect(await countSlotsHeldFor('1.01 seconds')).toBe(0);
  });

  test('uses no slot whose hold ended while the process stood still', async () => {
    const { promise: replies, resolve: reply } = Promise.withResolvers<void>();
    const others: Promise<void>[] = [];
    let underWay = 0;
    const send = async () => {
      underWay += 1;
      await replies;
      underWay -= 1;
    };
    async function standStill() {
      const stoodStillMs = 2 * MAX_SEND_MS + 1_000;
      await database.db.pool.query(
        `update telegram_turns set next_at = next_at - $1::interval, updated_at = updated_at - $1::interval`,
        [`${stoodStillMs} milliseconds`],
      );
      const other = createLimiter();
      others.push(...Array.from({ length: PER_SECOND }, () => other.run(never, send)));
      await eventually(() => expect(underWay).toBe(PER_SECOND));
      const now = performance.now.bind(performance);
      const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + stoodStillMs);
      onTestFinished(() => clock.mockRestore());
    }
    const db = database.db.kysely.withPlugin({
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        if (others.length > 0) reply();
        // The reply with the first slot.
        else if ((await countSlotsHeldFor('1 second')) > 0) await standStill();
        return result;
      },
    }) as typeof database.db.kysely;
    let underWayAtStart: number | undefined;
    await createLimiter(db).run(never, async () => {
      underWayAtStart = underWay;
    });
    reply();
    await Promise.all(others);
    expect(underWayAtStart).toBe(0);
  });

  test('rejects when the database refuses', async () => {
    const limiter = createLimiter();
    await database.db.pool.query('alter table telegram_turns rename to hidden');
    try {
      await expect(limiter.run(never, async () => {})).rejects.toThrow('telegram_turns');
    } finally {
      await database.db.pool.query('alter table hidden rename to telegram_turns');
    }
    await limiter.run(never, async () => {});
  });
});
