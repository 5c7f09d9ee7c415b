import { describe, expect, test } from 'vitest';
import { type BannerOptions, banner } from './banner.ts';
import { readConfiguration } from './read-configuration.ts';

const URL = 'http://127.0.0.1:8000';
const DATABASE_URL = 'postgresql://incidents:password@127.0.0.1:54329/incidents';

const show = async (env: NodeJS.ProcessEnv, options: Partial<BannerOptions> = {}) =>
  banner({
    url: URL,
    configuration: await readConfiguration(env),
    env,
    database: { url: DATABASE_URL, description: 'PostgreSQL of its own', isEmbedded: true },
    redis: undefined,
    key: undefined,
    startMs: 1_234,
    ...options,
  });

const EMAIL = {
  SMTP_URL: 'smtp://user:secret@mail.example.com',
  MAIL_FROM: 'incidents@example.com',
  MAIL_TO: 'ops@example.com, billing@example.com?source=billing',
};

describe('banner', () => {
  test('says that messages go to the log, and why', async () => {
    const text = await show({});
    expect(text).toContain('  E-mail     log only (SMTP_URL is not set)\n');
    expect(text).toContain('  Telegram   log only (TELEGRAM_BOT_TOKEN is not set)\n');
    expect(text).toContain('  Redis      none (limits per process)\n');
    expect(text).toMatch(/ {2}Keys {7}off: .*AUTH=off/);
  });

  test('names the missing variables of a channel', async () => {
    const text = await show({ SMTP_URL: EMAIL.SMTP_URL, TELEGRAM_CHAT_IDS: '777' });
    expect(text).toContain('  E-mail     log only (MAIL_FROM and MAIL_TO are not set)\n');
    expect(text).toContain('  Telegram   log only (TELEGRAM_BOT_TOKEN is not set)\n');
  });

  test('lists recipients, and no secret', async () => {
    const text = await show({
      ...EMAIL,
      TELEGRAM_BOT_TOKEN: '1:secret',
      TELEGRAM_CHAT_IDS: '-1001234567890:42,777',
    });
    expect(text).toContain('  E-mail     ops@example.com, billing@example.com (source billing)\n');
    expect(text).toContain('  Telegram   -1001234567890:42, 777\n');
    expect(text).not.toContain('secret');
  });

  test('shows the address of the embedded database, and not that of a given one', async () => {
    expect(await show({})).toContain(
      `\n    DATABASE_URL=${DATABASE_URL} npx pnpm@12 incidents notify-test\n`,
    );
    const given = await show(
      {},
      { database: { url: DATABASE_URL, description: 'given', isEmbedded: false } },
    );
    expect(given).not.toContain('password');
    expect(given).toContain('\n    npx pnpm@12 incidents notify-test\n');
  });

  test('sends the key with the example', async () => {
    const text = await show({ AUTH: 'keys' }, { key: 'inc_key' });
    expect(text).toMatch(/curl -X POST .* -H 'Authorization: Bearer inc_key' -d /);
    expect(text).toContain('  Keys       on (AUTH=keys)\n');
    expect(await show({})).not.toContain('Authorization');
  });
});
