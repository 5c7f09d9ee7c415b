import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, describe, expect, test } from 'vitest';
import { createSendLimiter } from './send-limiter.ts';

const database = useTestDatabase();
const never = new AbortController().signal;
const PER_SECOND = 8;

beforeEach(() => database.db.pool.query('truncate telegram_turns'));

const createLimiter = () =>
  createSendLimiter(database.db.kysely, { perSecond: PER_SECOND, maxSendMs: 5_000 });

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
    await sleep(1_200);
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
