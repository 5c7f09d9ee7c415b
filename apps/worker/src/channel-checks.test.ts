import { setTimeout as wait } from 'node:timers/promises';
import { configureChannels } from '@incidents/notifications/configure-channels';
import { eventually } from '@incidents/testing/eventually';
import {
  closeMailServersAfterEach,
  type Script,
  startMailServer,
} from '@incidents/testing/mail/fake-mail-server';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { startFakeBotApi } from '@incidents/testing/telegram/fake-bot-api';
import { useTestLogger } from '@incidents/testing/test-logger';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startChannelChecks } from './channel-checks.ts';

const database = useTestDatabase();
const { logger, lines } = useTestLogger();
closeMailServersAfterEach();

const checks = (level: string) => lines.filter((line) => line.level === level && line.channel !== undefined);

async function start(options: { script?: Script; token?: string; isConfigured?: boolean }) {
  const { script, token, isConfigured = true } = options;
  const mail = await startMailServer(script);
  const bot = await startFakeBotApi();
  const { channels, close } = configureChannels(
    {
      locale: 'ru',
      timeZone: 'UTC',
      publicUrl: undefined,
      email: {
        smtpUrl: isConfigured ? mail.url : undefined,
        from: 'incidents@example.com',
        to: [{ recipient: 'ops@example.com', sources: null }],
      },
      telegram: {
        token: isConfigured ? (token ?? bot.token) : undefined,
        chats: [],
        apiRoot: bot.url,
        limits: { chatPerSecond: 1, groupPerMinute: 20, totalPerSecond: 30 },
      },
    },
    { db: database.db.kysely, logger },
  );
  const stopping = new AbortController();
  onTestFinished(async () => {
    stopping.abort();
    await close();
    await bot.close();
  });
  const states = startChannelChecks({ channels, logger, signal: stopping.signal, retryMs: 50 });
  return { mail, states };
}

describe('startChannelChecks', () => {
  test('reports servers that accept the worker, and sends nothing', async () => {
    const { mail, states } = await start({});
    expect(states).toEqual({
      email: { transport: 'smtp', check: 'pending' },
      telegram: { transport: 'telegram', check: 'pending' },
    });
    await eventually(() => {
      expect(states.email).toEqual({ transport: 'smtp', check: 'ok', checked_at: expect.any(String) });
      expect(states.telegram).toEqual({ transport: 'telegram', check: 'ok', checked_at: expect.any(String) });
    });
    expect(checks('warn')).toEqual([]);
    expect(mail.mailbox('ops@example.com')).toEqual([]);
  });

  test('reports a wrong token once, without showing it', async () => {
    const token = '1:canary';
    const { states } = await start({ token });
    await eventually(() => expect(states.telegram).toMatchObject({ check: 'failed' }));
    expect(states.telegram.error).toMatch(/^getMe: 40[14]/);
    const first = states.telegram.checked_at;
    await eventually(() => expect(states.telegram.checked_at).not.toBe(first));
    const { error } = states.telegram;
    expect(checks('warn')).toMatchObject([{ channel: 'telegram', error }]);
    expect(JSON.stringify([states, lines])).not.toContain('canary');
  });

  test('reports a mail server that refuses, and checks it until it accepts', async () => {
    let isDown = true;
    const greeting = () => (isDown ? { code: 554, text: 'closed' } : 'ok');
    const { states } = await start({ script: { greeting } });
    await eventually(() => expect(states.email).toMatchObject({ check: 'failed' }));
    expect(states.email.error).toContain('554');
    isDown = false;
    await eventually(() => expect(states.email).toMatchObject({ check: 'ok' }));
    expect(states.email.error).toBeUndefined();
    expect(checks('warn')).toMatchObject([{ channel: 'email', error: expect.stringContaining('554') }]);
    expect(checks('info')).toMatchObject([{ channel: 'email' }]);
  });

  test('has nothing to check where messages go to the log', async () => {
    const { states } = await start({ isConfigured: false });
    await wait(0);
    expect(states).toEqual({ email: { transport: 'log' }, telegram: { transport: 'log' } });
  });
});
