import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { type FakeAnswer, refusals } from '@incidents/testing/telegram/fake-answer';
import { useTestLogger } from '@incidents/testing/test-logger';
import { describe, expect, test } from 'vitest';
import type { Channel } from '../engine/channel.ts';
import { useTelegram } from './testing/telegram-fixture.ts';
import { edit, HIGH_LIMITS, send, sendForId } from './testing/telegram-notices.ts';

const database = useTestDatabase();
const log = useTestLogger();
const telegram = useTelegram(database, log.logger, HIGH_LIMITS);

describe('createTelegramChannel: replies to a new message', () => {
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
  ])('$name: $kind', async ({ answer, kind, error }) => {
    const channel = telegram.channel();
    const incident = await telegram.incident();
    telegram.fake.script({ answer, chat: '100' });
    expect(await send(channel, incident)).toEqual({ kind, error: expect.stringMatching(error) });
    // Neither other messages of the chat nor other chats are affected.
    expect(await send(channel, await telegram.incident())).toMatchObject({ kind: 'sent' });
    expect(await send(channel, incident, '200')).toMatchObject({ kind: 'sent' });
    expect(telegram.fake.calls).toHaveLength(3);
    expect(await send(channel, incident)).toMatchObject({ kind: 'sent' });
  });

  test('retries after a reset connection', async () => {
    const channel = telegram.channel();
    telegram.fake.script({ answer: { kind: 'reset' }, chat: '100' });
    expect(await send(channel, await telegram.incident())).toEqual({
      kind: 'retry',
      error: expect.stringMatching(/ECONNRESET|socket hang up/),
    });
  });

  test('retries a silent call after the timeout, without delaying others', async () => {
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

  test('is unavailable when the port is closed', async () => {
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

  test('closes the chat after 429 for as long as the server asks, without delaying others', async () => {
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

  test.each<{ retryAfter: string; answer: FakeAnswer; seconds: number }>([
    { retryAfter: 'two years', answer: flood({ retry_after: 86_400_000 }), seconds: 3_600 },
    { retryAfter: '1e999', answer: flood({ retry_after: '1e999' }), seconds: 3_600 },
    { retryAfter: 'a fraction', answer: flood({ retry_after: 7.5 }), seconds: 7.5 },
    { retryAfter: 'a text', answer: flood({ retry_after: '7' }), seconds: 7 },
    { retryAfter: 'no number', answer: flood({ retry_after: 'soon' }), seconds: 5 },
    { retryAfter: 'an object', answer: flood({ retry_after: { valueOf: 1, toString: 1 } }), seconds: 5 },
    { retryAfter: 'nothing', answer: flood({ retry_after: null }), seconds: 5 },
    { retryAfter: 'zero', answer: flood({ retry_after: 0 }), seconds: 5 },
    { retryAfter: 'less than zero', answer: flood({ retry_after: -30 }), seconds: 5 },
    {
      retryAfter: 'it in the description',
      answer: flood(null, 'Too Many Requests: retry after 9'),
      seconds: 9,
    },
    { retryAfter: 'no parameters', answer: flood(undefined), seconds: 5 },
  ])(
    'closes the chat for $seconds s after 429 with retry_after: $retryAfter',
    async ({ answer, seconds }) => {
      telegram.fake.script({ answer });
      const outcome = await send(telegram.channel(), await telegram.incident());
      expect(outcome).toMatchObject({ kind: 'closed', delayMs: seconds * 1_000 });
    },
  );

  test.each<[string, unknown]>([
    ['an object', {}],
    ['a person', 12],
    ['no number', 'abc'],
    ['too large a number', -1e300],
  ])('ignores a migration to %s', async (_what, id) => {
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
  ])('retries when the id of the accepted message is %s', async (_what, result) => {
    telegram.fake.script({ answer: { kind: 'json', status: 200, body: { ok: true, result } } });
    const incident = await telegram.incident();
    expect(await send(telegram.channel(), incident)).toMatchObject({ kind: 'retry' });
  });

  test('sends plain text when the server rejects the markup', async () => {
    const channel = telegram.channel();
    const incident = await telegram.incident({ text: '<b> & co' });
    telegram.fake.script({ answer: refusals.parseError });
    expect(await send(channel, incident)).toMatchObject({ kind: 'sent' });
    expect(telegram.fake.calls.map(({ parseMode }) => parseMode)).toEqual(['HTML', undefined]);
    expect(telegram.fake.shown('100').get(1)).toContain('\n\n<b> & co\n\n');
    expect(log.lines).toMatchObject([{ level: 'warn', msg: expect.stringContaining('plain text') }]);
  });

  test('fails when the server also rejects the plain text', async () => {
    telegram.fake.script({ answer: refusals.parseError, times: 2 });
    expect(await send(telegram.channel(), await telegram.incident())).toMatchObject({ kind: 'failed' });
  });

  test('follows a migrated group at once, in every worker, with new messages', async () => {
    const [before, during, later] = [
      await telegram.incident(),
      await telegram.incident(),
      await telegram.incident(),
    ];
    const channel = telegram.channel();
    const old = await sendForId(channel, before, '-5');
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
    expect(await edit(channel, during, '-1005/1', '-5')).toEqual({
      kind: 'sent',
      providerMessageId: '-1005/1',
    });
    expect(telegram.fake.shown('-1005').get(1)).toContain('Статус: закрыт');
  });

  test('edits a message in the new group when the worker knows only the old id', async () => {
    const incident = await telegram.incident();
    const [informed, uninformed] = [telegram.channel(), telegram.channel()];
    // It has sent to the group before, so it does not read its id again.
    await send(uninformed, await telegram.incident(), '-5');
    telegram.fake.script({ answer: { kind: 'migrated', to: -1005 }, chat: '-5', times: 2 });
    const id = await sendForId(informed, incident, '-5');
    expect(await edit(uninformed, incident, id, '-5')).toEqual({ kind: 'sent', providerMessageId: id });
    expect(telegram.fake.shown('-1005').size).toBe(1);
    expect(telegram.fake.shown('-1005').get(1)).toContain('Статус: закрыт');
  });

  test('retries after an endless migration', async () => {
    telegram.fake.script({ answer: { kind: 'migrated', to: -1 }, times: 10 });
    expect(await send(telegram.channel(), await telegram.incident(), '-5')).toEqual({
      kind: 'retry',
      error: 'not accepted in 5 calls',
    });
  });

  test('shows the token in no result and no log line', async () => {
    const { token } = telegram.fake;
    const channel = telegram.channel();
    const secret: FakeAnswer[] = [
      { kind: 'refuse', code: 400, description: `Bad Request: cannot serve /bot${token}/sendMessage` },
      { kind: 'refuse', code: 500, description: `failed at /bot${token}/sendMessage` },
      // A proxy may percent-encode the URL, in either case.
      { kind: 'refuse', code: 502, description: `not at ${encodeURIComponent(`/bot${token}`)}` },
      {
        kind: 'refuse',
        code: 502,
        description: `not at ${encodeURIComponent(`/bot${token}`).toLowerCase()}`,
      },
      { kind: 'bad-gateway' },
      { kind: 'reset' },
    ];
    // The first reset of a keep-alive connection is no failure.
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

describe('createTelegramChannel: replies to an edit', () => {
  async function sendFirst(channel: Channel) {
    const incident = await telegram.incident();
    return { incident, id: await sendForId(channel, incident) };
  }

  test('succeeds after "not modified"', async () => {
    const channel = telegram.channel();
    const { incident, id } = await sendFirst(channel);
    telegram.fake.script({ answer: refusals.notModified });
    expect(await edit(channel, incident, id)).toEqual({ kind: 'sent', providerMessageId: '1' });
    expect(telegram.fake.calls).toHaveLength(2);
  });

  test.each([
    ['deleted', refusals.editNotFound],
    ['too old', refusals.cannotEdit],
  ])('sends a new message when the previous one is %s', async (_name, answer) => {
    const channel = telegram.channel();
    const { incident, id } = await sendFirst(channel);
    telegram.fake.script({ answer });
    expect(await edit(channel, incident, id)).toEqual({ kind: 'sent', providerMessageId: '2' });
    expect(telegram.fake.calls.map(({ method }) => method)).toEqual([
      'sendMessage',
      'editMessageText',
      'sendMessage',
    ]);
  });

  test('sends the new message at the next attempt when the first one fails', async () => {
    const channel = telegram.channel();
    const { incident, id } = await sendFirst(channel);
    telegram.fake.script({ answer: refusals.editNotFound }, { answer: { kind: 'server-error' } });
    expect(await edit(channel, incident, id)).toMatchObject({ kind: 'retry' });
    telegram.fake.script({ answer: refusals.editNotFound });
    expect(await edit(channel, incident, id)).toEqual({ kind: 'sent', providerMessageId: '2' });
  });

  test.each<{ name: string; answer: FakeAnswer; kind: string }>([
    { name: '500', answer: { kind: 'server-error' }, kind: 'retry' },
    { name: '429', answer: { kind: 'flood', retryAfter: 1 }, kind: 'closed' },
    { name: '403', answer: refusals.kicked, kind: 'failed' },
  ])('$name: $kind, and the next attempt edits the same message', async ({ answer, kind }) => {
    const channel = telegram.channel();
    const { incident, id } = await sendFirst(channel);
    telegram.fake.script({ answer });
    expect(await edit(channel, incident, id)).toMatchObject({ kind });
    expect(await edit(channel, incident, id)).toEqual({ kind: 'sent', providerMessageId: '1' });
    expect(telegram.fake.shown('100').get(1)).toContain('Статус: закрыт');
  });

  test('sends a new message to a migrated group', async () => {
    const channel = telegram.channel();
    const incident = await telegram.incident();
    const id = await sendForId(channel, incident, '-5');
    telegram.fake.script({ answer: { kind: 'migrated', to: -1005 } });
    expect(await edit(channel, incident, id, '-5')).toMatchObject({ kind: 'sent' });
    expect(telegram.fake.calls.map(({ method, chat }) => [method, chat])).toEqual([
      ['sendMessage', '-5'],
      ['editMessageText', '-5'],
      ['sendMessage', '-1005'],
    ]);
  });
});
