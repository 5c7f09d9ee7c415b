import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { type FakeAnswer, refusals } from '@incidents/testing/telegram/fake-answer';
import { useTestLogger } from '@incidents/testing/test-logger';
import { describe, expect, test } from 'vitest';
import { useTelegram } from './testing/telegram-fixture.ts';
import { createNotice, edit, HIGH_LIMITS, never, send } from './testing/telegram-notices.ts';

const database = useTestDatabase();
const log = useTestLogger();
const telegram = useTelegram(database, log.logger, HIGH_LIMITS);

describe('createTelegramChannel: send', () => {
  test('sends one message per incident and edits it to the present state', async () => {
    const channel = telegram.channel();
    const incident = await telegram.incident();
    expect(await send(channel, incident)).toEqual({ kind: 'sent', providerMessageId: '1' });
    const changed = createNotice({ ...incident, status: 'в работе' }, '100', '1');
    expect(await channel.send(changed, never)).toEqual({ kind: 'sent', providerMessageId: '1' });

    expect(telegram.fake.calls).toMatchObject([
      { method: 'sendMessage', chat: '100', parseMode: 'HTML', previewDisabled: true, answer: 'ok' },
      { method: 'editMessageText', chat: '100', messageId: 1, parseMode: 'HTML', previewDisabled: true },
    ]);
    expect([...telegram.fake.shown('100').values()]).toEqual([
      expect.stringMatching(new RegExp(`^🟡 Инцидент №${incident.id}\n[\\s\\S]*Статус: в работе`)),
    ]);
  });

  test('sends a message of its own to each chat and topic, and omits the main topic', async () => {
    const channel = telegram.channel();
    const incident = await telegram.incident();
    for (const recipient of ['100', '-1001:42', '-1001:1', '@channel'])
      await send(channel, incident, recipient);
    expect(telegram.fake.calls.map(({ chat, topic }) => [chat, topic])).toEqual([
      ['100', undefined],
      ['-1001', 42],
      ['-1001', undefined],
      ['@channel', undefined],
    ]);
  });

  test.each(['', 'abc', '1/2/3', '/7', '-5/', '12.5', '<incident-12.0@example.com>'])(
    'sends a new message when the previous id is invalid: %j',
    async (id) => {
      expect(await edit(telegram.channel(), await telegram.incident(), id)).toMatchObject({ kind: 'sent' });
      expect(telegram.fake.calls.map(({ method }) => method)).toEqual(['sendMessage']);
    },
  );
});

describe('createTelegramChannel: sendDigest', () => {
  const digest = async (count: number, recipient = '100') => ({
    deliveryIds: [1],
    recipient,
    entries: await Promise.all(
      Array.from({ length: count }, async () => ({
        ...(await telegram.incident()),
        kind: 'created' as const,
      })),
    ),
  });

  test('sends each digest as a new message to its topic', async () => {
    const channel = telegram.channel();
    const notice = await digest(5, '-1001:9');
    expect(channel.countFittingEntries(notice.entries)).toBe(5);
    expect(await channel.sendDigest(notice, never)).toEqual({ kind: 'sent', providerMessageId: '1' });
    expect(await channel.sendDigest(notice, never)).toEqual({ kind: 'sent', providerMessageId: '2' });
    expect(telegram.fake.calls).toMatchObject([
      { method: 'sendMessage', chat: '-1001', topic: 9, parseMode: 'HTML', previewDisabled: true },
      { method: 'sendMessage', chat: '-1001', topic: 9 },
    ]);
    for (const { id } of notice.entries)
      expect(telegram.fake.shown('-1001').get(1)).toContain(`№${id} Бот молчит`);
  });

  test.each<{ name: string; answer: FakeAnswer; outcome: object }>([
    { name: '429', answer: { kind: 'flood', retryAfter: 3 }, outcome: { kind: 'closed', delayMs: 3_000 } },
    { name: '500', answer: { kind: 'server-error' }, outcome: { kind: 'retry' } },
    { name: '403', answer: refusals.kicked, outcome: { kind: 'failed' } },
    { name: 'unknown markup', answer: refusals.parseError, outcome: { kind: 'sent' } },
    { name: 'a new id of the group', answer: { kind: 'migrated', to: -1007 }, outcome: { kind: 'sent' } },
  ])('handles $name', async ({ answer, outcome }) => {
    telegram.fake.script({ answer });
    expect(await telegram.channel().sendDigest(await digest(2, '-7'), never)).toMatchObject(outcome);
  });
});

describe('createTelegramChannel: getIntervalMs', () => {
  const real = { chatPerSecond: 1, groupPerMinute: 20, totalPerSecond: 30 };

  test.each([
    ['a person', '100', 1_000],
    ['a group', '-1001', 3_000],
    ['a topic', '-1001:42', 3_000],
    ['a channel with a name', '@channel', 3_000],
  ])('depends on the kind of chat: %s', (_what, recipient, expected) => {
    expect(telegram.channel({ limits: real }).getIntervalMs(recipient)).toBe(expected);
  });

  test('separates the calls of one message', async () => {
    const channel = telegram.channel({ limits: { ...real, chatPerSecond: 2 } });
    telegram.fake.script({ answer: refusals.parseError });
    await send(channel, await telegram.incident());
    const [first, second] = telegram.fake.calls;
    expect((second?.at ?? 0) - (first?.ended ?? 0)).toBeGreaterThanOrEqual(490);
  });
});

describe('createTelegramChannel: aborted send', () => {
  const interrupted = { kind: 'interrupted' };

  test('makes no call while it waits for the limit of the bot', async () => {
    await database.db.pool.query(
      `insert into telegram_turns (scope, next_at) values ('total 1', clock_timestamp() + interval '5 seconds')`,
    );
    const aborting = new AbortController();
    const channel = telegram.channel({ limits: { ...HIGH_LIMITS, totalPerSecond: 1 } });
    const sending = channel.send(createNotice(await telegram.incident()), aborting.signal);
    await sleep(100);
    aborting.abort();
    expect(await sending).toEqual(interrupted);
    expect(telegram.fake.calls).toEqual([]);
  });

  test('makes no call when the signal is aborted before', async () => {
    const incident = await telegram.incident();
    expect(await telegram.channel().send(createNotice(incident), AbortSignal.abort())).toEqual(interrupted);
    expect(telegram.fake.calls).toEqual([]);
  });

  test('ends at once during a call and between two calls', async () => {
    const channel = telegram.channel({
      limits: { chatPerSecond: 0.1, groupPerMinute: 20, totalPerSecond: 500 },
    });
    for (const answer of [{ kind: 'hang' } as const, refusals.parseError]) {
      telegram.fake.reset();
      telegram.fake.script({ answer });
      const aborting = new AbortController();
      const sending = channel.send(createNotice(await telegram.incident()), aborting.signal);
      await eventually(() => expect(telegram.fake.calls).toHaveLength(1));
      if (answer.kind !== 'hang') await eventually(() => expect(telegram.fake.calls[0]?.ended).toBeDefined());
      aborting.abort();
      expect(await sending).toEqual(interrupted);
      expect(telegram.fake.calls).toHaveLength(1);
    }
  });
});
