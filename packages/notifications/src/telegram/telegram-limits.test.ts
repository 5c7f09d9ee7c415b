import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, Outcome } from '@incidents/core/delivery/channel';
import { useTestDatabase } from '@incidents/db/testing/test-database';
import { useTestLogger } from '@incidents/process/testing/test-logger';
import { describe, expect, test } from 'vitest';
import { useTelegram } from './testing/telegram-fixture.ts';

const never = new AbortController().signal;

/** Sends as a job does: what has to wait is tried again after as long as it was told. */
async function untilSent(send: () => Promise<Outcome>): Promise<void> {
  for (;;) {
    const outcome = await send();
    if (outcome.kind === 'sent') return;
    if (outcome.kind !== 'wait') throw new Error(`not sent: ${outcome.error}`);
    await sleep(outcome.delay);
  }
}

const database = useTestDatabase();
const log = useTestLogger();

describe("Telegram's own limits, held against sliding windows, with three workers", () => {
  const limits = { chatPerSecond: 1, groupPerMinute: 20, totalPerSecond: 30 };
  const telegram = useTelegram(database, log.logger, limits);

  const told = async (channels: Channel[], recipients: string[]) => {
    const began = performance.now();
    await Promise.all(
      recipients.map(async (recipient, index) => {
        const incident = await telegram.incident();
        const channel = channels[index % channels.length];
        await untilSent(async () => {
          if (channel === undefined) throw new Error('no channel');
          return channel.send(
            { deliveryId: index, recipient, incident, event: { id: 1, kind: 'created' } },
            never,
          );
        });
      }),
    );
    return performance.now() - began;
  };

  test('all chats together: 90 messages to 90 people', async () => {
    const channels = [telegram.channel(), telegram.channel(), telegram.channel()];
    const took = await told(
      channels,
      Array.from({ length: 90 }, (_, index) => String(1000 + index)),
    );
    expect(telegram.fake.stats()).toMatchObject({
      messages: 90,
      duplicates: 0,
      violations: { chat: 0, group: 0, total: 0 },
    });
    // At full rate it would be 3.5 seconds. A busy machine uses turns late, and gives up those that are too late.
    expect(took).toBeLessThan(10_000);
  });

  test('people and groups at once: nobody waits for the slower ones', async () => {
    const channels = [telegram.channel(), telegram.channel(), telegram.channel()];
    const recipients = [
      ...Array(5).fill('1'),
      ...Array(5).fill('2'),
      ...Array(3).fill('-1001'),
      '3',
      '4',
      '5',
    ];
    await told(channels, recipients);
    const { calls } = telegram.fake;
    expect(telegram.fake.stats()).toMatchObject({
      messages: 16,
      violations: { chat: 0, group: 0, total: 0 },
    });
    const first = Math.min(...calls.map(({ at }) => at));
    const last = (chat: string) =>
      Math.max(...calls.filter((call) => call.chat === chat).map(({ at }) => at)) - first;
    for (const chat of ['3', '4', '5']) expect(last(chat)).toBeLessThan(2_500);
    for (const chat of ['1', '2']) expect(last(chat)).toBeLessThan(8_000);
    expect(last('-1001')).toBeGreaterThanOrEqual(6_000);
    expect(last('-1001')).toBeLessThan(10_000);
  });
});

describe('a server that refuses what breaks its limits', () => {
  const telegram = useTelegram(database, log.logger, {
    chatPerSecond: 10,
    groupPerMinute: 1_200,
    totalPerSecond: 60,
  });

  test('never has to refuse anything', async () => {
    const channel = telegram.channel();
    const incidents = await Promise.all(Array.from({ length: 30 }, () => telegram.incident()));
    await Promise.all(
      incidents.map((incident, index) =>
        untilSent(() =>
          channel.send(
            {
              deliveryId: index,
              recipient: index % 2 ? '1' : '-2',
              incident,
              event: { id: 1, kind: 'created' },
            },
            never,
          ),
        ),
      ),
    );
    expect(telegram.fake.stats()).toMatchObject({ messages: 30, violations: { total: 0 } });
  });
});
