import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { startFakeBotApi } from '@incidents/testing/telegram/fake-bot-api';
import { useTestLogger } from '@incidents/testing/test-logger';
import { describe, expect, onTestFinished, test } from 'vitest';
import { configureChannels } from './configure-channels.ts';
import { notice } from './email/testing/notices.ts';

const database = useTestDatabase();
const { logger, lines } = useTestLogger();

const configure = (
  chats: { recipient: string; sources: string[] | null; onlyEscalations?: boolean }[],
  bot: { token?: string; url: string } = { url: 'http://127.0.0.1:1' },
) =>
  configureChannels(
    {
      locale: 'en',
      timeZone: 'Asia/Yekaterinburg',
      publicUrl: 'https://ops.example.com',
      email: { smtpUrl: undefined, from: '', to: [] },
      telegram: {
        token: bot.token,
        chats,
        apiRoot: bot.url,
        limits: { chatPerSecond: 1, groupPerMinute: 20, totalPerSecond: 30 },
      },
    },
    { db: database.db.kysely, logger },
  );

describe('configureChannels', () => {
  test('applies locale, time zone and PUBLIC_URL', async () => {
    const { channels } = configure([]);
    await channels.email.channel.send(notice(), new AbortController().signal);
    expect(lines.at(-1)?.text).toMatch(
      /^New incident #12\n[\s\S]*\nCreated: 2025-11-08 17:00 UTC\+5\n\nhttps:\/\/ops\.example\.com\/incidents\/12$/,
    );
  });

  test('keeps filters, and gives a channel without recipients the log', () => {
    const chats = [{ recipient: '12', sources: ['billing'] }];
    const { channels } = configure(chats);
    expect(channels.telegram.recipients).toEqual(chats);
    expect(channels.email.recipients).toEqual([{ recipient: 'log', sources: null }]);
    const escalations = [{ recipient: '13', sources: null, onlyEscalations: true }];
    expect(configure(escalations).channels.telegram.recipients).toEqual([
      { recipient: 'log', sources: null },
      ...escalations,
    ]);
  });

  test('returns the send slots of the bot when it is closed', async () => {
    const bot = await startFakeBotApi();
    onTestFinished(() => bot.close());
    const { channels, close } = configure([], bot);
    const sending = { ...notice(), recipient: '100' };
    expect(await channels.telegram.channel.send(sending, new AbortController().signal)).toMatchObject({
      kind: 'sent',
    });
    await close();
    // A slot is free one second after the reply.
    const { rows: held } = await database.db.pool.query(
      `select scope from telegram_turns where next_at > clock_timestamp() + interval '1.01 seconds'`,
    );
    expect(held).toEqual([]);
  });
});
