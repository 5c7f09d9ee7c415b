import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type { Incident } from '@incidents/contracts';
import type { Channel, IncidentNotice } from '@incidents/core/delivery/channel';
import { eventually } from '@incidents/db/testing/eventually';
import { useTestDatabase } from '@incidents/db/testing/test-database';
import { useTestLogger } from '@incidents/process/testing/test-logger';
import { describe, expect, test } from 'vitest';
import { type FakeAnswer, refusals } from './testing/fake-answer.ts';
import { useTelegram } from './testing/telegram-fixture.ts';

const database = useTestDatabase();
const log = useTestLogger();
// So generous that no test waits for them; the limits have a file of their own.
const telegram = useTelegram(database, log.logger, {
  chatPerSecond: 500,
  groupPerMinute: 30_000,
  totalPerSecond: 500,
});

const never = new AbortController().signal;

/** Each notice is of another delivery. */
let deliveries = 0;

const notice = (
  incident: Incident,
  recipient = '100',
  kind: 'created' | 'updated' = 'created',
): IncidentNotice => ({
  deliveryId: ++deliveries,
  recipient,
  incident,
  event: { id: 1, kind },
});

const send = (channel: Channel, incident: Incident, recipient?: string) =>
  channel.send(notice(incident, recipient), never);

describe('one message per incident and chat', () => {
  test('the first notice sends it, later ones edit it to what the incident is', async () => {
    const channel = telegram.channel();
    const incident = await telegram.incident();
    expect(await send(channel, incident)).toEqual({ kind: 'sent', providerMessageId: '1' });
    await telegram.setStatus(incident.id, 'в работе');
    expect(await send(channel, incident)).toEqual({ kind: 'sent', providerMessageId: '1' });

    expect(telegram.fake.calls).toMatchObject([
      { method: 'sendMessage', chat: '100', parseMode: 'HTML', previewDisabled: true, answer: 'ok' },
      { method: 'editMessageText', chat: '100', messageId: 1, parseMode: 'HTML', previewDisabled: true },
    ]);
    expect([...telegram.fake.shown('100').values()]).toEqual([
      expect.stringMatching(new RegExp(`^🟡 Инцидент №${incident.id}\n[\\s\\S]*Статус: в работе`)),
    ]);
    expect(await telegram.row(incident.id, '100')).toEqual({
      chat: '100',
      message_id: 1,
      content_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      held: false,
    });
  });

  test('what the message says already is not sent again', async () => {
    const channel = telegram.channel();
    const incident = await telegram.incident();
    await send(channel, incident);
    expect(await channel.send(notice(incident, '100', 'updated'), never)).toEqual({
      kind: 'sent',
      providerMessageId: '1',
    });
    expect(telegram.fake.calls).toHaveLength(1);
  });

  test('a notice that is older than the message does not turn it back', async () => {
    const channel = telegram.channel();
    const incident = await telegram.incident();
    await telegram.setStatus(incident.id, 'закрыт');
    await send(channel, { ...incident, status: 'закрыт' });
    await send(channel, incident);
    expect(telegram.fake.calls).toHaveLength(1);
    expect(telegram.fake.shown('100').get(1)).toContain('Статус: закрыт');
  });

  test('another chat and a topic get messages of their own; the main topic is no topic', async () => {
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

  test('two workers never write about the same incident at once; the second is told to come back', async () => {
    const incident = await telegram.incident();
    telegram.fake.script({ answer: { kind: 'hang' } });
    const aborting = new AbortController();
    const first = telegram.channel().send(notice(incident), aborting.signal);
    await eventually(() => expect(telegram.fake.calls).toHaveLength(1));

    const second = telegram.channel();
    expect(await send(second, incident)).toEqual({ kind: 'wait', delay: 1_000 });
    // Neither another incident in the same chat nor the same one in another chat is held up.
    expect(await send(second, await telegram.incident())).toMatchObject({ kind: 'sent' });
    expect(await send(second, incident, '200')).toMatchObject({ kind: 'sent' });

    aborting.abort();
    expect(await first).toMatchObject({ kind: 'retry' });
    expect(await telegram.row(incident.id, '100')).toMatchObject({ message_id: null, held: false });
    expect(await send(second, incident)).toMatchObject({ kind: 'sent' });
  });

  test('many notices of many workers, with the status changing all the time: no overlap, the last word stands', async () => {
    const incident = await telegram.incident();
    const channels = [telegram.channel(), telegram.channel(), telegram.channel()];
    const statuses = ['в работе', 'закрыт', 'новый', 'закрыт', 'в работе', 'закрыт'] as const;
    const untilSent = async (channel: Channel) => {
      await eventually(async () => expect(await send(channel, incident)).toMatchObject({ kind: 'sent' }));
    };
    await Promise.all(
      statuses.map(async (status) => {
        await telegram.setStatus(incident.id, status);
        await Promise.all(channels.map(untilSent));
      }),
    );
    const { rows } = await database.db.pool.query('select status from incidents where id = $1', [
      incident.id,
    ]);
    expect(telegram.fake.stats()).toMatchObject({ overlaps: 0, duplicates: 0, messages: 1 });
    expect(telegram.fake.shown('100').get(1)).toContain(`Статус: ${rows[0]?.status}`);
  });

  test('who sends the same delivery anew has its message at once: whoever had it is gone', async () => {
    const incident = await telegram.incident();
    telegram.fake.script({ answer: { kind: 'hang' } });
    const dead = new AbortController();
    const same = notice(incident);
    const first = telegram.channel().send(same, dead.signal);
    await eventually(() => expect(telegram.fake.calls).toHaveLength(1));
    expect(await telegram.channel().send(same, never)).toMatchObject({ kind: 'sent' });
    dead.abort();
    await first;
    expect(await telegram.row(incident.id, '100')).toMatchObject({ message_id: 1, held: false });
  });

  test('a hold that a dead worker left ends with its lease', async () => {
    const incident = await telegram.incident();
    await database.db.pool.query(
      `insert into telegram_messages (incident_id, recipient, held_until)
       values ($1, '100', now() + interval '0.3 seconds')`,
      [incident.id],
    );
    const channel = telegram.channel();
    expect(await send(channel, incident)).toEqual({ kind: 'wait', delay: 1_000 });
    await eventually(async () => expect(await send(channel, incident)).toMatchObject({ kind: 'sent' }));
  });

  test('an incident that was deleted meanwhile is told as the notice has it', async () => {
    const incident = await telegram.incident();
    await database.db.pool.query('delete from incidents where id = $1', [incident.id]);
    expect(await send(telegram.channel(), incident)).toMatchObject({ kind: 'sent' });
  });
});

describe('what the server answers to a new message', () => {
  const nothing = { chat: null, message_id: null, content_hash: null, held: false };

  test.each<{ name: string; answer: FakeAnswer; kind: 'retry' | 'failed'; error: RegExp }>([
    { name: '500', answer: { kind: 'server-error' }, kind: 'retry', error: /^500: Internal Server Error$/ },
    {
      name: 'HTML 502',
      answer: { kind: 'bad-gateway' },
      kind: 'retry',
      error: /^the server answered 502 Bad Gateway \(not JSON\)$/,
    },
    { name: 'a reset connection', answer: { kind: 'reset' }, kind: 'retry', error: /ECONNRESET/ },
    {
      name: 'a wrong token',
      answer: refusals.unauthorized,
      kind: 'retry',
      error: /^401: Unauthorized \(is TELEGRAM_BOT_TOKEN right\?\)$/,
    },
    { name: 'a token of another form', answer: refusals.notFound, kind: 'retry', error: /^404: Not Found/ },
    {
      name: 'blocked',
      answer: refusals.forbidden,
      kind: 'failed',
      error: /^403: Forbidden: bot was blocked/,
    },
    { name: 'kicked', answer: refusals.kicked, kind: 'failed', error: /^403: Forbidden: bot was kicked/ },
    {
      name: 'deactivated',
      answer: refusals.deactivated,
      kind: 'failed',
      error: /^403: Forbidden: user is deact/,
    },
    {
      name: 'no such chat',
      answer: refusals.chatNotFound,
      kind: 'failed',
      error: /^400: Bad Request: chat not found$/,
    },
    {
      name: 'no such topic',
      answer: refusals.topicNotFound,
      kind: 'failed',
      error: /message thread not found/,
    },
  ])('$name → $kind', async ({ answer, kind, error }) => {
    const channel = telegram.channel();
    const incident = await telegram.incident();
    telegram.fake.script({ answer, chat: '100' });
    expect(await send(channel, incident)).toEqual({ kind, error: expect.stringMatching(error) });
    expect(await telegram.row(incident.id, '100')).toEqual(nothing);
    // Nobody else is concerned: neither the chat's other messages nor other chats.
    expect(await send(channel, await telegram.incident())).toMatchObject({ kind: 'sent' });
    expect(await send(channel, incident, '200')).toMatchObject({ kind: 'sent' });
    expect(telegram.fake.calls).toHaveLength(3);
    // And the next attempt is a new one.
    expect(await send(channel, incident)).toMatchObject({ kind: 'sent' });
  });

  test('silence → retry after the timeout, while everything else goes on', async () => {
    const channel = telegram.channel({ timeoutSeconds: 1 });
    const incident = await telegram.incident();
    telegram.fake.script({ answer: { kind: 'hang' }, chat: '100' });
    const hanging = send(channel, incident);
    await eventually(() => expect(telegram.fake.calls).toHaveLength(1));
    expect(await send(channel, await telegram.incident())).toMatchObject({ kind: 'sent' });
    expect(await send(channel, incident, '200')).toMatchObject({ kind: 'sent' });
    expect(telegram.fake.calls[0]?.ended).toBeUndefined();
    expect(await hanging).toEqual({
      kind: 'retry',
      error: "Request to 'sendMessage' timed out after 1 seconds",
    });
    expect(await telegram.row(incident.id, '100')).toEqual(nothing);
  });

  test('a call that took long may have arrived late, so the next turn of its chat counts from its end', async () => {
    const slow = { chatPerSecond: 0.1, groupPerMinute: 20, totalPerSecond: 30 };
    const channel = telegram.channel({ timeoutSeconds: 1, limits: slow });
    telegram.fake.script({ answer: { kind: 'hang' } });
    await send(channel, await telegram.incident());
    const next = await send(channel, await telegram.incident());
    // The interval is 11.5 seconds, and the call took one of them.
    expect(next.kind === 'wait' && next.delay).toBeGreaterThan(10_700);
  });

  test('nobody there → retry', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await eventually(() => expect(server.listening).toBe(true));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const channel = telegram.channel({ apiRoot: `http://127.0.0.1:${port}/` });
    expect(await send(channel, await telegram.incident())).toEqual({
      kind: 'retry',
      error: `fetch failed: connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  test('429 → the chat is closed for every worker, for exactly as long as the server asked', async () => {
    const incident = await telegram.incident();
    telegram.fake.script({ answer: { kind: 'flood', retryAfter: 2 } });
    const outcome = await send(telegram.channel(), incident);
    const answered = telegram.fake.calls[0]?.ended ?? 0;
    expect(outcome).toEqual({
      kind: 'closed',
      delay: 2_000,
      error: expect.stringMatching(
        /^429: Too Many Requests: retry after 2 \(the chat is closed until 2\d{3}-\S+Z\)$/,
      ),
    });
    expect(await telegram.row(incident.id, '100')).toEqual(nothing);

    const another = telegram.channel();
    const closed = await send(another, await telegram.incident());
    // Nearly open it is waited for like any other turn.
    expect(closed.kind).toMatch(/^(closed|wait)$/);
    expect('delay' in closed && closed.delay).toBeGreaterThan(1_500);
    expect(await send(another, incident, '200')).toMatchObject({ kind: 'sent' });
    await eventually(async () => expect(await send(another, incident)).toMatchObject({ kind: 'sent' }));
    const [, , again] = telegram.fake.calls;
    expect(again?.chat).toBe('100');
    expect((again?.at ?? 0) - answered).toBeGreaterThanOrEqual(1_990);
    expect((again?.at ?? 0) - answered).toBeLessThan(2_600);
  });

  const flood = (parameters: unknown, description: unknown = 'Too Many Requests'): FakeAnswer => ({
    kind: 'json',
    status: 429,
    body: { ok: false, error_code: 429, description, parameters },
  });

  test.each<{ said: string; answer: FakeAnswer; seconds: number }>([
    { said: 'two years', answer: flood({ retry_after: 86_400_000 }), seconds: 3_600 },
    { said: '1e999', answer: flood({ retry_after: '1e999' }), seconds: 3_600 },
    { said: 'a fraction', answer: flood({ retry_after: 7.5 }), seconds: 7.5 },
    { said: 'a text', answer: flood({ retry_after: '7' }), seconds: 7 },
    { said: 'no number', answer: flood({ retry_after: 'soon' }), seconds: 5 },
    { said: 'an object', answer: flood({ retry_after: { valueOf: 1, toString: 1 } }), seconds: 5 },
    { said: 'nothing', answer: flood({ retry_after: null }), seconds: 5 },
    { said: 'zero', answer: flood({ retry_after: 0 }), seconds: 5 },
    { said: 'less than zero', answer: flood({ retry_after: -30 }), seconds: 5 },
    { said: 'it in the description', answer: flood(null, 'Too Many Requests: retry after 9'), seconds: 9 },
    { said: 'no parameters', answer: flood(undefined), seconds: 5 },
  ])('429 that says $said closes the chat for $seconds s', async ({ answer, seconds }) => {
    telegram.fake.script({ answer });
    const outcome = await send(telegram.channel(), await telegram.incident());
    expect(outcome).toMatchObject({ kind: 'closed', delay: seconds * 1_000 });
    const { rows } = await database.db.pool.query<{ seconds: number }>(
      `select extract(epoch from next_at - now())::float8 as seconds from telegram_turns where scope = 'chat:100'`,
    );
    expect(rows[0]?.seconds).toBeLessThanOrEqual(seconds);
    expect(rows[0]?.seconds).toBeGreaterThan(seconds - 5);
  });

  test('a message to a chat that is closed for long says until when', async () => {
    telegram.fake.script({ answer: { kind: 'flood', retryAfter: 86_400_000 } });
    const channel = telegram.channel();
    await send(channel, await telegram.incident());
    const { rows } = await database.db.pool.query<{ next_at: Date }>(
      `select next_at from telegram_turns where scope = 'chat:100'`,
    );
    const later = await send(channel, await telegram.incident());
    expect(later).toEqual({
      kind: 'closed',
      delay: expect.any(Number),
      error: `Telegram asked for a pause (the chat is closed until ${rows[0]?.next_at.toISOString()})`,
    });
    expect(telegram.fake.calls).toHaveLength(1);
  });

  test.each<[string, unknown]>([
    ['an object', {}],
    ['a person', 12],
    ['no number', 'abc'],
    ['too large a number', -1e300],
  ])('a group that is said to have become %s is not followed', async (_what, id) => {
    const refused: FakeAnswer = {
      kind: 'json',
      status: 400,
      body: {
        ok: false,
        error_code: 400,
        description: 'Bad Request: group chat was upgraded to a supergroup chat',
        parameters: { migrate_to_chat_id: id },
      },
    };
    telegram.fake.script({ answer: refused });
    const channel = telegram.channel();
    expect(await send(channel, await telegram.incident(), '-5')).toMatchObject({ kind: 'failed' });
    expect(await send(channel, await telegram.incident(), '-5')).toMatchObject({ kind: 'sent' });
    expect(telegram.fake.calls.map(({ chat }) => chat)).toEqual(['-5', '-5']);
  });

  test.each<[string, unknown]>([
    ['nothing', null],
    ['a text', { message_id: 'abc' }],
    ['no whole number', { message_id: 1e300 }],
  ])('a message that was accepted under %s is tried again', async (_what, result) => {
    telegram.fake.script({ answer: { kind: 'json', status: 200, body: { ok: true, result } } });
    const incident = await telegram.incident();
    expect(await send(telegram.channel(), incident)).toMatchObject({ kind: 'retry' });
    expect(await telegram.row(incident.id, '100')).toEqual(nothing);
  });

  test('markup that is not understood → the same as plain text, and so from then on', async () => {
    const channel = telegram.channel();
    const incident = await telegram.incident({ text: '<b> & co' });
    telegram.fake.script({ answer: refusals.parseError });
    expect(await send(channel, incident)).toMatchObject({ kind: 'sent' });
    expect(telegram.fake.calls.map(({ parseMode }) => parseMode)).toEqual(['HTML', undefined]);
    expect(telegram.fake.shown('100').get(1)).toContain('\n\n<b> & co\n\n');
    expect(await send(channel, incident, '200')).toMatchObject({ kind: 'sent' });
    expect(telegram.fake.calls[2]?.parseMode).toBeUndefined();
    expect(log.lines).toMatchObject([{ level: 'warn', msg: expect.stringContaining('plain text') }]);
  });

  test('plain text that is not understood either → failed', async () => {
    telegram.fake.script({ answer: refusals.parseError, times: 2 });
    expect(await send(telegram.channel(), await telegram.incident())).toMatchObject({ kind: 'failed' });
  });

  test('a group that became a supergroup is followed at once, remembered, and its messages are sent anew', async () => {
    const [before, during, later] = [
      await telegram.incident(),
      await telegram.incident(),
      await telegram.incident(),
    ];
    const channel = telegram.channel();
    await send(channel, before, '-5');
    telegram.fake.script({ answer: { kind: 'migrated', to: -1005 }, chat: '-5' });
    expect(await send(channel, during, '-5')).toEqual({ kind: 'sent', providerMessageId: '1' });
    expect(await telegram.row(during.id, '-5')).toMatchObject({ chat: '-1005', message_id: 1, held: false });

    // Message 1 of the old group is not message 1 of the new one.
    await telegram.setStatus(before.id, 'закрыт');
    const another = telegram.channel();
    expect(await send(another, before, '-5')).toEqual({ kind: 'sent', providerMessageId: '2' });
    expect(await send(another, later, '-5:3')).toMatchObject({ kind: 'sent' });
    expect(telegram.fake.calls.slice(1).map(({ method, chat }) => [method, chat])).toEqual([
      ['sendMessage', '-5'],
      ['sendMessage', '-1005'],
      ['sendMessage', '-1005'],
      ['sendMessage', '-1005'],
    ]);
    expect(telegram.fake.shown('-1005').get(1)).toContain(`№${during.id}`);
  });

  test('groups that send one another on and on end in a retry', async () => {
    telegram.fake.script({ answer: { kind: 'migrated', to: -1 }, times: 10 });
    expect(await send(telegram.channel(), await telegram.incident(), '-5')).toEqual({
      kind: 'retry',
      error: 'not accepted in 5 calls',
    });
  });

  test('the token is in no outcome and no line of the log', async () => {
    const { token } = telegram.fake;
    const channel = telegram.channel();
    const secret: FakeAnswer[] = [
      { kind: 'refuse', code: 400, description: `Bad Request: cannot serve /bot${token}/sendMessage` },
      { kind: 'refuse', code: 500, description: `failed at /bot${token}/sendMessage` },
      // As a proxy names the address, in either spelling.
      { kind: 'refuse', code: 502, description: `not at ${encodeURIComponent(`/bot${token}`)}` },
      {
        kind: 'refuse',
        code: 502,
        description: `not at ${encodeURIComponent(`/bot${token}`).toLowerCase()}`,
      },
      { kind: 'bad-gateway' },
      { kind: 'reset' },
    ];
    telegram.fake.script(...secret.map((answer) => ({ answer })));
    const outcomes = [];
    for (const _ of secret) outcomes.push(await send(channel, await telegram.incident()));
    outcomes.push(await send(telegram.channel({ apiRoot: 'http://[nonsense' }), await telegram.incident()));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['failed', ...Array(6).fill('retry')]);
    const everything = JSON.stringify([outcomes, log.lines]).toLowerCase();
    for (const secret of [token, encodeURIComponent(token)]) {
      expect(everything).not.toContain(secret.toLowerCase());
    }
    expect(JSON.stringify(outcomes)).toContain('<token>');
  });
});

describe('what the server answers to an edit', () => {
  /** A message that stands in chat 100, and an incident that has changed since. */
  async function changed(channel: Channel) {
    const incident = await telegram.incident();
    await send(channel, incident);
    await telegram.setStatus(incident.id, 'закрыт');
    return incident;
  }

  test('"not modified" is success, and remembered as what the message says', async () => {
    const channel = telegram.channel();
    const incident = await changed(channel);
    telegram.fake.script({ answer: refusals.notModified });
    expect(await send(channel, incident)).toEqual({ kind: 'sent', providerMessageId: '1' });
    expect(await send(channel, incident)).toEqual({ kind: 'sent', providerMessageId: '1' });
    expect(telegram.fake.calls).toHaveLength(2);
  });

  test.each([
    ['deleted', refusals.editNotFound],
    ['too old', refusals.cannotEdit],
  ])('a message that is %s is replaced by a new one', async (_name, answer) => {
    const channel = telegram.channel();
    const incident = await changed(channel);
    telegram.fake.script({ answer });
    expect(await send(channel, incident)).toEqual({ kind: 'sent', providerMessageId: '2' });
    expect(telegram.fake.calls.map(({ method }) => method)).toEqual([
      'sendMessage',
      'editMessageText',
      'sendMessage',
    ]);
    expect(await telegram.row(incident.id, '100')).toMatchObject({ message_id: 2, held: false });
  });

  test('a message that is gone is not edited again though the new one could not be sent yet', async () => {
    const channel = telegram.channel();
    const incident = await changed(channel);
    telegram.fake.script({ answer: refusals.editNotFound }, { answer: { kind: 'server-error' } });
    expect(await send(channel, incident)).toMatchObject({ kind: 'retry' });
    expect(await telegram.row(incident.id, '100')).toMatchObject({ message_id: null, content_hash: null });
    expect(await send(channel, incident)).toEqual({ kind: 'sent', providerMessageId: '2' });
    expect(telegram.fake.calls.map(({ method }) => method)).toEqual([
      'sendMessage',
      'editMessageText',
      'sendMessage',
      'sendMessage',
    ]);
  });

  test.each<{ name: string; answer: FakeAnswer; kind: string }>([
    { name: '500', answer: { kind: 'server-error' }, kind: 'retry' },
    { name: 'a reset connection', answer: { kind: 'reset' }, kind: 'retry' },
    { name: '429', answer: { kind: 'flood', retryAfter: 1 }, kind: 'closed' },
    { name: '403', answer: refusals.kicked, kind: 'failed' },
  ])('$name → $kind; the message stays the one to edit', async ({ answer, kind }) => {
    const channel = telegram.channel();
    const incident = await changed(channel);
    const before = await telegram.row(incident.id, '100');
    telegram.fake.script({ answer });
    expect(await send(channel, incident)).toMatchObject({ kind });
    expect(await telegram.row(incident.id, '100')).toEqual(before);
    await eventually(async () =>
      expect(await send(channel, incident)).toEqual({ kind: 'sent', providerMessageId: '1' }),
    );
    expect(telegram.fake.shown('100').get(1)).toContain('Статус: закрыт');
  });

  test('a group that became a supergroup gets a new message there', async () => {
    const channel = telegram.channel();
    const incident = await telegram.incident();
    await send(channel, incident, '-5');
    await telegram.setStatus(incident.id, 'закрыт');
    telegram.fake.script({ answer: { kind: 'migrated', to: -1005 } });
    expect(await send(channel, incident, '-5')).toMatchObject({ kind: 'sent' });
    expect(telegram.fake.calls.map(({ method, chat }) => [method, chat])).toEqual([
      ['sendMessage', '-5'],
      ['editMessageText', '-5'],
      ['sendMessage', '-1005'],
    ]);
  });
});

describe('digests', () => {
  const digest = async (count: number, recipient = '100') => ({
    deliveryIds: [1],
    recipient,
    entries: await Promise.all(Array.from({ length: count }, () => telegram.incident())),
  });

  test('every digest is a new message, in its topic, that names every incident', async () => {
    const channel = telegram.channel();
    const notice = await digest(5, '-1001:9');
    expect(channel.fitDigest(notice.entries)).toBe(5);
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
    { name: '429', answer: { kind: 'flood', retryAfter: 3 }, outcome: { kind: 'closed', delay: 3_000 } },
    { name: '500', answer: { kind: 'server-error' }, outcome: { kind: 'retry' } },
    { name: '403', answer: refusals.kicked, outcome: { kind: 'failed' } },
    { name: 'unknown markup', answer: refusals.parseError, outcome: { kind: 'sent' } },
    { name: 'a new id of the group', answer: { kind: 'migrated', to: -1007 }, outcome: { kind: 'sent' } },
  ])('$name', async ({ answer, outcome }) => {
    telegram.fake.script({ answer });
    expect(await telegram.channel().sendDigest(await digest(2, '-7'), never)).toMatchObject(outcome);
  });
});

describe('a process that ends', () => {
  test('a message that waits for its turn goes back at once, and no attempt was made', async () => {
    await database.db.pool.query(
      `insert into telegram_turns (scope, next_at) values ('chat:100', clock_timestamp() + interval '1 second')`,
    );
    const incident = await telegram.incident();
    const aborting = new AbortController();
    const sending = telegram.channel().send(notice(incident), aborting.signal);
    await eventually(async () => expect((await telegram.row(incident.id, '100'))?.held).toBe(true));
    aborting.abort();
    expect(await sending).toEqual({ kind: 'wait', delay: 1_000 });
    expect(telegram.fake.calls).toEqual([]);
    expect((await telegram.row(incident.id, '100'))?.held).toBe(false);
  });
});
