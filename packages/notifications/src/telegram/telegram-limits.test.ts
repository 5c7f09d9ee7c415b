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

async function plan(recipients: string[]): Promise<void> {
  for (const recipient of recipients) {
    await planEvents(database.db, [await someEvent(database.db)], {
      channel: 'telegram',
      transport: 'telegram',
      recipients: [recipient],
    });
  }
}

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

const waitUntilSent = (timeout = 30_000) =>
  eventually(async () => {
    const { rows } = await database.db.pool.query(
      `select recipient from deliveries where state in ('pending', 'sending')`,
    );
    expect(rows).toEqual([]);
  }, timeout);

/** @returns milliseconds until the workers have sent everything */
async function sendAll(telegram: TelegramFixture, workers: number): Promise<number> {
  const began = performance.now();
  await startWorkers(telegram, workers);
  await waitUntilSent();
  return performance.now() - began;
}

const listIncidents = (telegram: TelegramFixture, chat: string) =>
  telegram.fake.calls
    .filter((call) => call.chat === chat)
    .map(({ text }) => Number(/№(\d+)/.exec(text)?.[1]));

const ascending = (numbers: number[]) => numbers.toSorted((a, b) => a - b);

describe("Telegram's limits with three workers", () => {
  const telegram = useTelegram(database, log.logger, {
    chatPerSecond: 1,
    groupPerMinute: 20,
    totalPerSecond: 30,
  });
  const nothing = { chat: 0, group: 0, total: 0 };

  test('are kept for 90 messages to 90 people', async () => {
    await plan(Array.from({ length: 90 }, (_, index) => String(1000 + index)));
    const took = await sendAll(telegram, 3);
    expect(telegram.fake.stats()).toMatchObject({ messages: 90, duplicates: 0, violations: nothing });
    // 3.5 s at full rate. A busy machine drops late reservations.
    expect(took).toBeLessThan(10_000);
  });

  test('do not delay people behind groups, and keep the order of each chat', async () => {
    await plan([
      ...Array(5).fill('1'),
      ...Array(5).fill('2'),
      ...['-1001:7', '-1001', '-1001:8'],
      ...['3', '4', '5'],
    ]);
    await sendAll(telegram, 3);
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
      expect(listIncidents(telegram, chat), chat).toEqual(ascending(listIncidents(telegram, chat)));
    }
  });

  test('close a chat after 429 for all workers, and keep its order', async () => {
    await plan(['100', '100', '100', '200']);
    telegram.fake.script({ answer: { kind: 'flood', retryAfter: 2 }, chat: '100' });
    await sendAll(telegram, 3);
    const calls = telegram.fake.calls.filter(({ chat }) => chat === '100');
    const [refused, again, ...others] = calls;
    expect((again?.at ?? 0) - (refused?.ended ?? 0)).toBeGreaterThanOrEqual(1_990);
    expect((again?.at ?? 0) - (refused?.ended ?? 0)).toBeLessThan(3_500);
    expect(others).toHaveLength(2);
    const [first, ...rest] = listIncidents(telegram, '100');
    expect(rest).toEqual(ascending(rest));
    expect(rest[0]).toBe(first);
    const [other] = telegram.fake.calls.filter(({ chat }) => chat === '200');
    expect(other?.at).toBeLessThan(again?.at ?? 0);
    const { rows } = await database.db.pool.query('select distinct state, attempts from deliveries');
    expect(rows).toEqual([{ state: 'sent', attempts: 1 }]);
  });

  test('count the interval of a chat from the end of a slow call', async () => {
    await plan(['100', '100']);
    telegram.fake.script({ answer: { kind: 'hang' }, chat: '100' });
    await startWorkers(telegram, 1, { timeoutSeconds: 1.5 });
    await waitUntilSent();
    const [hanging, next] = telegram.fake.calls;
    expect((next?.at ?? 0) - (hanging?.ended ?? 0)).toBeGreaterThanOrEqual(990);
  });
});

describe('limits higher than those of Telegram', () => {
  const telegram = useTelegram(database, log.logger, {
    chatPerSecond: 10,
    groupPerMinute: 1_200,
    totalPerSecond: 60,
  });

  test('are kept and used', async () => {
    await plan(Array.from({ length: 50 }, (_, index) => (index % 2 ? '1' : '-2')));
    const took = await sendAll(telegram, 1);
    expect(telegram.fake.stats()).toMatchObject({
      messages: 50,
      violations: { chat: 0, group: 0, total: 0 },
    });
    // 2.5 s at full rate.
    expect(took).toBeLessThan(8_000);
  });
});
