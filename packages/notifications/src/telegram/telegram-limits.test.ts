import { eventually } from '@incidents/testing/eventually';
import { forgetDeliveries, planEvents, someEvent } from '@incidents/testing/fixtures/deliveries';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { useTestLogger } from '@incidents/testing/test-logger';
import { beforeEach, describe, expect, test } from 'vitest';
import { startTestEngine } from '../engine/testing/engine-fixture.ts';
import type { TelegramOptions } from './telegram-channel.ts';
import { type TelegramFixture, useTelegram } from './testing/telegram-fixture.ts';

const database = useTestDatabase();
const log = useTestLogger();
beforeEach(() => forgetDeliveries(database.db));

/** Plans one new incident for each recipient, in their order. */
async function plan(recipients: string[]): Promise<void> {
  for (const recipient of recipients) {
    await planEvents(database.db, [await someEvent(database.db)], {
      channel: 'telegram',
      transport: 'telegram',
      recipients: [recipient],
    });
  }
}

/** Workers that send what waits, each with a channel of its own. */
async function startWorkers(
  telegram: TelegramFixture,
  count: number,
  options: Partial<TelegramOptions> = {},
): Promise<void> {
  for (let worker = 0; worker < count; worker++) {
    await startTestEngine({
      url: database.url,
      pools: database.db,
      logger: log.logger,
      channels: { telegram: telegram.channel(options) },
    });
  }
}

const rest = (timeout = 30_000) =>
  eventually(async () => {
    const { rows } = await database.db.pool.query(
      `select recipient from deliveries where state in ('pending', 'sending')`,
    );
    expect(rows).toEqual([]);
  }, timeout);

/** Milliseconds from the start to the end of the work. */
async function told(telegram: TelegramFixture, workers: number): Promise<number> {
  const began = performance.now();
  await startWorkers(telegram, workers);
  await rest();
  return performance.now() - began;
}

/** The incidents that a chat was told of, in the order of the calls. */
const incidentsIn = (telegram: TelegramFixture, chat: string) =>
  telegram.fake.calls
    .filter((call) => call.chat === chat)
    .map(({ text }) => Number(/№(\d+)/.exec(text)?.[1]));

const ascending = (numbers: number[]) => numbers.toSorted((a, b) => a - b);

describe("Telegram's own limits, held against sliding windows, with three workers", () => {
  const telegram = useTelegram(database, log.logger, {
    chatPerSecond: 1,
    groupPerMinute: 20,
    totalPerSecond: 30,
  });
  const nothing = { chat: 0, group: 0, total: 0 };

  test('all chats together: 90 messages to 90 people', async () => {
    await plan(Array.from({ length: 90 }, (_, index) => String(1000 + index)));
    const took = await told(telegram, 3);
    expect(telegram.fake.stats()).toMatchObject({ messages: 90, duplicates: 0, violations: nothing });
    // At full rate it would be 3.5 seconds. A busy machine uses turns late, and gives up those that are too late.
    expect(took).toBeLessThan(10_000);
  });

  test('people and groups at once: none waits for the slower ones, and each chat keeps its order', async () => {
    await plan([
      ...Array(5).fill('1'),
      ...Array(5).fill('2'),
      ...['-1001:7', '-1001', '-1001:8'],
      ...['3', '4', '5'],
    ]);
    await told(telegram, 3);
    const { calls } = telegram.fake;
    expect(telegram.fake.stats()).toMatchObject({ messages: 16, overlaps: 0, violations: nothing });
    const first = Math.min(...calls.map(({ at }) => at));
    const last = (chat: string) =>
      Math.max(...calls.filter((call) => call.chat === chat).map(({ at }) => at)) - first;
    for (const chat of ['3', '4', '5']) expect(last(chat)).toBeLessThan(2_500);
    for (const chat of ['1', '2']) expect(last(chat)).toBeLessThan(8_000);
    expect(last('-1001')).toBeGreaterThanOrEqual(6_000);
    expect(last('-1001')).toBeLessThan(10_000);
    for (const chat of ['1', '2', '-1001']) {
      expect(incidentsIn(telegram, chat), chat).toEqual(ascending(incidentsIn(telegram, chat)));
    }
  });

  test('429 closes the chat for every worker, for exactly as long as asked; the first message stays the first', async () => {
    await plan(['100', '100', '100', '200']);
    telegram.fake.script({ answer: { kind: 'flood', retryAfter: 2 }, chat: '100' });
    await told(telegram, 3);
    const calls = telegram.fake.calls.filter(({ chat }) => chat === '100');
    const [refused, again, ...others] = calls;
    expect((again?.at ?? 0) - (refused?.ended ?? 0)).toBeGreaterThanOrEqual(1_990);
    expect((again?.at ?? 0) - (refused?.ended ?? 0)).toBeLessThan(3_500);
    expect(others).toHaveLength(2);
    const [first, ...rest] = incidentsIn(telegram, '100');
    expect(rest).toEqual(ascending(rest));
    expect(rest[0]).toBe(first);
    const [other] = telegram.fake.calls.filter(({ chat }) => chat === '200');
    expect(other?.at).toBeLessThan(again?.at ?? 0);
    const { rows } = await database.db.pool.query('select distinct state, attempts from deliveries');
    expect(rows).toEqual([{ state: 'sent', attempts: 1 }]);
  });

  test('a call that took long may have arrived late, so the interval of its chat begins at its end', async () => {
    await plan(['100', '100']);
    telegram.fake.script({ answer: { kind: 'hang' }, chat: '100' });
    await startWorkers(telegram, 1, { timeoutSeconds: 1.5 });
    await rest();
    const [hanging, next] = telegram.fake.calls;
    expect((next?.at ?? 0) - (hanging?.ended ?? 0)).toBeGreaterThanOrEqual(990);
  });
});

describe('limits that are wider than those of Telegram', () => {
  const telegram = useTelegram(database, log.logger, {
    chatPerSecond: 10,
    groupPerMinute: 1_200,
    totalPerSecond: 60,
  });

  test('are kept as well, and used', async () => {
    await plan(Array.from({ length: 50 }, (_, index) => (index % 2 ? '1' : '-2')));
    const took = await told(telegram, 1);
    expect(telegram.fake.stats()).toMatchObject({
      messages: 50,
      violations: { chat: 0, group: 0, total: 0 },
    });
    // At full rate it would be 2.5 seconds.
    expect(took).toBeLessThan(8_000);
  });
});
