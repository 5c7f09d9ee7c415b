import { refusals } from '@incidents/testing/telegram/fake-answer';
import { type FakeBotApi, startFakeBotApi } from '@incidents/testing/telegram/fake-bot-api';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { messagesByLocale } from '../messages/messages-by-locale.ts';
import { createBotApi } from './bot-api.ts';
import { sendTestMessage } from './send-test-message.ts';

let fake: FakeBotApi;
beforeAll(async () => {
  fake = await startFakeBotApi();
});
afterAll(() => fake.close());
beforeEach(() => fake.reset());

const send = (to: { chat: string; topic?: number }, token = fake.token) =>
  sendTestMessage(
    createBotApi({ token, apiRoot: fake.url, timeoutSeconds: 2 }),
    to,
    messagesByLocale.ru,
    new AbortController().signal,
  );

describe('sendTestMessage', () => {
  test('sends one message and returns the bot and the id of the message', async () => {
    expect(await send({ chat: '-100', topic: 7 })).toBe('@fake_bot: message 1 in chat -100');
    expect(fake.calls).toMatchObject([{ method: 'sendMessage', chat: '-100', topic: 7 }]);
    expect(fake.shown('-100').get(1)).toBe(
      `${messagesByLocale.ru.test.subject}\n\n${messagesByLocale.ru.test.text}`,
    );
  });

  test('follows a migrated group', async () => {
    fake.script({ chat: '-5', answer: { kind: 'migrated', to: -1005 } });
    expect(await send({ chat: '-5' })).toBe('@fake_bot: message 1 in chat -1005');
  });

  test.each([
    ['kicked', refusals.kicked, 'sendMessage: 403: Forbidden: bot was kicked from the supergroup chat'],
    ['no such chat', refusals.chatNotFound, 'sendMessage: 400: Bad Request: chat not found'],
    [
      'too many',
      { kind: 'flood', retryAfter: 7 } as const,
      'sendMessage: 429: Too Many Requests: retry after 7',
    ],
    ['a broken connection', { kind: 'reset' } as const, 'sendMessage: '],
  ])('throws the reason of the server: %s', async (_, answer, reason) => {
    fake.script({ chat: '100', answer });
    await expect(send({ chat: '100' })).rejects.toThrow(reason);
  });

  test('throws for a wrong token without showing it', async () => {
    const error = await send({ chat: '100' }, '1:wrong-canary').catch((thrown) => thrown);
    expect(error.message).toMatch(/^getMe: 401: Unauthorized/);
    expect(error.message).not.toContain('canary');
    expect(fake.calls).toEqual([]);
  });
});
