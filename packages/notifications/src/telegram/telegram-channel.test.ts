import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Incident } from '@incidents/contracts';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { type FakeAnswer, refusals } from '@incidents/testing/telegram/fake-answer';
import { useTestLogger } from '@incidents/testing/test-logger';
import { describe, expect, test } from 'vitest';
import type { Channel, IncidentNotice } from '../engine/channel.ts';
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
  previousMessageId: string | null = null,
): IncidentNotice => ({
  deliveryId: ++deliveries,
  recipient,
  incident,
  event: {
    id: 1,
    kind: previousMessageId === null ? 'created' : 'updated',
    changes: {},
    actor: 'anonymous',
  },
  previousMessageId,
});

const send = (channel: Channel, incident: Incident, recipient?: string) =>
  channel.send(notice(incident, recipient), never);

/** Tells of a change of an incident of which the chat has a message. */
const edit = (channel: Channel, incident: Incident, messageId: string, recipient?: string) =>
  channel.send(notice({ ...incident, status: 'закрыт' }, recipient, messageId), never);

/** What the channel calls the message that it has sent. */
async function sent(channel: Channel, incident: Incident, recipient?: string): Promise<string> {
  const result = await send(channel, incident, recipient);
  if (result.kind !== 'sent' || result.providerMessageId === null)
    throw new Error('the message was not sent');
  return result.providerMessageId;
}

describe('one message per incident and chat', () => {
  test('the first notice sends it, later ones edit it to the present state of the incident', async () => {
    const channel = telegram.channel();
    const incident = await telegram.incident();
    expect(await send(channel, incident)).toEqual({ kind: 'sent', providerMessageId: '1' });
    const changed = notice({ ...incident, status: 'в работе' }, '100', '1');
    expect(await channel.send(changed, never)).toEqual({ kind: 'sent', providerMessageId: '1' });

    expect(telegram.fake.calls).toMatchObject([
      { method: 'sendMessage', chat: '100', parseMode: 'HTML', previewDisabled: true, answer: 'ok' },
      { method: 'editMessageText', chat: '100', messageId: 1, parseMode: 'HTML', previewDisabled: true },
    ]);
    expect([...telegram.fake.shown('100').values()]).toEqual([
      expect.stringMatching(new RegExp(`^🟡 Инцидент №${incident.id}\n[\\s\\S]*Статус: в работе`)),
    ]);
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

  test.each(['', 'abc', '1/2/3', '/7', '-5/', '12.5', '<incident-12.0@example.com>'])(
    'a message id that is none of this channel (%j) is not edited; a new message is sent',
    async (id) => {
      expect(await edit(telegram.channel(), await telegram.incident(), id)).toMatchObject({ kind: 'sent' });
      expect(telegram.fake.calls.map(({ method }) => method)).toEqual(['sendMessage']);
    },
  );
});

describe('what the server answers to a new message', () => {
  test.each<{ name: string; answer: FakeAnswer; kind: 'retry' | 'failed' | 'unavailable'; error: RegExp }>([
    { name: '500', answer: { kind: 'server-error' }, kind: 'retry', error: /^500: Internal Server Error$/ },
    {
      name: 'HTML 502',
      answer: { kind: 'bad-gateway' },
      kind: 'retry',
      error: /^the server answered 502 Bad Gateway \(not JSON\)$/,
    },
    {
      name: 'a wrong token',
      answer: refusals.unauthorized,
      kind: 'unavailable',
      error: /^401: Unauthorized \(is TELEGRAM_BOT_TOKEN right\?\)$/,
    },
    {
      name: 'a token of another form',
      answer: refusals.notFound,
      kind: 'unavailable',
      error: /^404: Not Found/,
    },
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
    // Nobody else is concerned: neither the chat's other messages nor other chats.
    expect(await send(channel, await telegram.incident())).toMatchObject({ kind: 'sent' });
    expect(await send(channel, incident, '200')).toMatchObject({ kind: 'sent' });
    expect(telegram.fake.calls).toHaveLength(3);
    // And the next attempt is a new one.
    expect(await send(channel, incident)).toMatchObject({ kind: 'sent' });
  });

  test('a reset connection → retry', async () => {
    const channel = telegram.channel();
    telegram.fake.script({ answer: { kind: 'reset' }, chat: '100' });
    expect(await send(channel, await telegram.incident())).toEqual({
      kind: 'retry',
      error: expect.stringMatching(/ECONNRESET|socket hang up/),
    });
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
      error: 'no reply within 1 s',
    });
  });

  test('nobody there → unavailable', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await eventually(() => expect(server.listening).toBe(true));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const channel = telegram.channel({ apiRoot: `http://127.0.0.1:${port}/` });
    expect(await send(channel, await telegram.incident())).toEqual({
      kind: 'unavailable',
      error: `connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  test('429 → the chat is closed for exactly as long as the server asked, and nothing is held up here', async () => {
    const channel = telegram.channel();
    const incident = await telegram.incident();
    telegram.fake.script({ answer: { kind: 'flood', retryAfter: 2 } });
    expect(await send(channel, incident)).toEqual({
      kind: 'closed',
      delayMs: 2_000,
      error: expect.stringMatching(
        /^429: Too Many Requests: retry after 2 \(the chat is closed until 2\d{3}-\S+Z\)$/,
      ),
    });
    const began = performance.now();
    expect(await send(channel, incident, '200')).toMatchObject({ kind: 'sent' });
    expect(performance.now() - began).toBeLessThan(1_500);
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
    expect(outcome).toMatchObject({ kind: 'closed', delayMs: seconds * 1_000 });
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
  });

  test('markup that is not understood → the same as plain text', async () => {
    const channel = telegram.channel();
    const incident = await telegram.incident({ text: '<b> & co' });
    telegram.fake.script({ answer: refusals.parseError });
    expect(await send(channel, incident)).toMatchObject({ kind: 'sent' });
    expect(telegram.fake.calls.map(({ parseMode }) => parseMode)).toEqual(['HTML', undefined]);
    expect(telegram.fake.shown('100').get(1)).toContain('\n\n<b> & co\n\n');
    expect(log.lines).toMatchObject([{ level: 'warn', msg: expect.stringContaining('plain text') }]);
  });

  test('plain text that is not understood either → failed', async () => {
    telegram.fake.script({ answer: refusals.parseError, times: 2 });
    expect(await send(telegram.channel(), await telegram.incident())).toMatchObject({ kind: 'failed' });
  });

  test('a group that became a supergroup is followed at once, by every worker, and its messages are sent anew', async () => {
    const [before, during, later] = [
      await telegram.incident(),
      await telegram.incident(),
      await telegram.incident(),
    ];
    const channel = telegram.channel();
    const old = await sent(channel, before, '-5');
    telegram.fake.script({ answer: { kind: 'migrated', to: -1005 }, chat: '-5' });
    expect(await send(channel, during, '-5')).toEqual({ kind: 'sent', providerMessageId: '-1005/1' });

    // Message 1 of the old group is not message 1 of the new one.
    const another = telegram.channel();
    expect(await edit(another, before, old, '-5')).toEqual({ kind: 'sent', providerMessageId: '-1005/2' });
    expect(await send(another, later, '-5:3')).toMatchObject({ kind: 'sent' });
    expect(telegram.fake.calls.slice(1).map(({ method, chat }) => [method, chat])).toEqual([
      ['sendMessage', '-5'],
      ['sendMessage', '-1005'],
      ['sendMessage', '-1005'],
      ['sendMessage', '-1005'],
    ]);
    expect(telegram.fake.shown('-1005').get(1)).toContain(`№${during.id}`);
    // And what was sent there is edited there.
    expect(await edit(channel, during, '-1005/1', '-5')).toEqual({
      kind: 'sent',
      providerMessageId: '-1005/1',
    });
    expect(telegram.fake.shown('-1005').get(1)).toContain('Статус: закрыт');
  });

  test('a worker that knows only the old id of a group edits the message that stands in the new one', async () => {
    const incident = await telegram.incident();
    const [knowing, unknowing] = [telegram.channel(), telegram.channel()];
    // It has written to the group before, and asks for its id once.
    await send(unknowing, await telegram.incident(), '-5');
    telegram.fake.script({ answer: { kind: 'migrated', to: -1005 }, chat: '-5', times: 2 });
    const id = await sent(knowing, incident, '-5');
    expect(await edit(unknowing, incident, id, '-5')).toEqual({ kind: 'sent', providerMessageId: id });
    expect(telegram.fake.shown('-1005').size).toBe(1);
    expect(telegram.fake.shown('-1005').get(1)).toContain('Статус: закрыт');
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
    // A kept connection that is reset is not yet a failure.
    telegram.fake.script(...secret.map((answer) => ({ answer, times: answer.kind === 'reset' ? 2 : 1 })));
    const outcomes = [];
    for (const _ of secret) outcomes.push(await send(channel, await telegram.incident()));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['failed', ...Array(5).fill('retry')]);
    const everything = JSON.stringify([outcomes, log.lines]).toLowerCase();
    for (const secret of [token, encodeURIComponent(token)]) {
      expect(everything).not.toContain(secret.toLowerCase());
    }
    expect(JSON.stringify(outcomes)).toContain('<token>');
  });
});

describe('what the server answers to an edit', () => {
  /** A message that stands in chat 100. */
  async function standing(channel: Channel) {
    const incident = await telegram.incident();
    return { incident, id: await sent(channel, incident) };
  }

  test('"not modified" is success', async () => {
    const channel = telegram.channel();
    const { incident, id } = await standing(channel);
    telegram.fake.script({ answer: refusals.notModified });
    expect(await edit(channel, incident, id)).toEqual({ kind: 'sent', providerMessageId: '1' });
    expect(telegram.fake.calls).toHaveLength(2);
  });

  test.each([
    ['deleted', refusals.editNotFound],
    ['too old', refusals.cannotEdit],
  ])('a message that is %s is replaced by a new one', async (_name, answer) => {
    const channel = telegram.channel();
    const { incident, id } = await standing(channel);
    telegram.fake.script({ answer });
    expect(await edit(channel, incident, id)).toEqual({ kind: 'sent', providerMessageId: '2' });
    expect(telegram.fake.calls.map(({ method }) => method)).toEqual([
      'sendMessage',
      'editMessageText',
      'sendMessage',
    ]);
  });

  test('a message that is gone is replaced at the next attempt when the new one could not be sent yet', async () => {
    const channel = telegram.channel();
    const { incident, id } = await standing(channel);
    telegram.fake.script({ answer: refusals.editNotFound }, { answer: { kind: 'server-error' } });
    expect(await edit(channel, incident, id)).toMatchObject({ kind: 'retry' });
    telegram.fake.script({ answer: refusals.editNotFound });
    expect(await edit(channel, incident, id)).toEqual({ kind: 'sent', providerMessageId: '2' });
  });

  test.each<{ name: string; answer: FakeAnswer; kind: string }>([
    { name: '500', answer: { kind: 'server-error' }, kind: 'retry' },
    { name: '429', answer: { kind: 'flood', retryAfter: 1 }, kind: 'closed' },
    { name: '403', answer: refusals.kicked, kind: 'failed' },
  ])('$name → $kind; the message stays the one to edit', async ({ answer, kind }) => {
    const channel = telegram.channel();
    const { incident, id } = await standing(channel);
    telegram.fake.script({ answer });
    expect(await edit(channel, incident, id)).toMatchObject({ kind });
    expect(await edit(channel, incident, id)).toEqual({ kind: 'sent', providerMessageId: '1' });
    expect(telegram.fake.shown('100').get(1)).toContain('Статус: закрыт');
  });

  test('a group that became a supergroup gets a new message there', async () => {
    const channel = telegram.channel();
    const incident = await telegram.incident();
    const id = await sent(channel, incident, '-5');
    telegram.fake.script({ answer: { kind: 'migrated', to: -1005 } });
    expect(await edit(channel, incident, id, '-5')).toMatchObject({ kind: 'sent' });
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
  ])('$name', async ({ answer, outcome }) => {
    telegram.fake.script({ answer });
    expect(await telegram.channel().sendDigest(await digest(2, '-7'), never)).toMatchObject(outcome);
  });
});

describe('the time between two messages to a chat', () => {
  const real = { chatPerSecond: 1, groupPerMinute: 20, totalPerSecond: 30 };

  test.each([
    ['a person', '100', 1_000],
    ['a group', '-1001', 3_000],
    ['a topic', '-1001:42', 3_000],
    ['a channel with a name', '@channel', 3_000],
  ])('%s', (_what, recipient, expected) => {
    expect(telegram.channel({ limits: real }).intervalMs(recipient)).toBe(expected);
  });

  test('is kept by the calls of one message too', async () => {
    const channel = telegram.channel({ limits: { ...real, chatPerSecond: 2 } });
    telegram.fake.script({ answer: refusals.parseError });
    await send(channel, await telegram.incident());
    const [first, second] = telegram.fake.calls;
    expect((second?.at ?? 0) - (first?.ended ?? 0)).toBeGreaterThanOrEqual(490);
  });
});

describe('a message that is aborted', () => {
  const interrupted = { kind: 'interrupted' };

  test('while it waits for the limit of the whole bot was not tried', async () => {
    await database.db.pool.query(
      `insert into telegram_turns (scope, next_at) values ('total', clock_timestamp() + interval '5 seconds')`,
    );
    const aborting = new AbortController();
    const sending = telegram.channel().send(notice(await telegram.incident()), aborting.signal);
    await sleep(100);
    aborting.abort();
    expect(await sending).toEqual(interrupted);
    expect(telegram.fake.calls).toEqual([]);
  });

  test('before it begins was not tried', async () => {
    const incident = await telegram.incident();
    expect(await telegram.channel().send(notice(incident), AbortSignal.abort())).toEqual(interrupted);
    expect(telegram.fake.calls).toEqual([]);
  });

  test('during its call ends at once, also between two calls', async () => {
    const channel = telegram.channel({
      limits: { chatPerSecond: 0.1, groupPerMinute: 20, totalPerSecond: 500 },
    });
    for (const answer of [{ kind: 'hang' } as const, refusals.parseError]) {
      telegram.fake.reset();
      telegram.fake.script({ answer });
      const aborting = new AbortController();
      const sending = channel.send(notice(await telegram.incident()), aborting.signal);
      await eventually(() => expect(telegram.fake.calls).toHaveLength(1));
      if (answer.kind !== 'hang') await eventually(() => expect(telegram.fake.calls[0]?.ended).toBeDefined());
      aborting.abort();
      expect(await sending).toEqual(interrupted);
      expect(telegram.fake.calls).toHaveLength(1);
    }
  });
});
