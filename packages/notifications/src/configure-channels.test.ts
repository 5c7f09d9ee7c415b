import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { useTestLogger } from '@incidents/testing/test-logger';
import { describe, expect, test } from 'vitest';
import { configureChannels } from './configure-channels.ts';
import { notice } from './email/testing/notices.ts';

const database = useTestDatabase();
const { logger, lines } = useTestLogger();

const configure = (chats: { recipient: string; sources: string[] | null; onlyEscalations?: boolean }[]) =>
  configureChannels(
    {
      locale: 'en',
      timeZone: 'Asia/Yekaterinburg',
      publicUrl: 'https://ops.example.com',
      email: { smtpUrl: undefined, from: '', to: [] },
      telegram: {
        token: undefined,
        chats,
        apiRoot: 'http://127.0.0.1:1',
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
});
