import { ConfigError } from '@incidents/runtime/read-env';
import { describe, expect, test } from 'vitest';
import { readConfiguration } from './read-configuration.ts';

describe('readConfiguration', () => {
  test('needs no variable, and has the defaults of the launcher', async () => {
    expect(await readConfiguration({ DATABASE_URL: '', AUTH: '' })).toMatchObject({
      warnings: [],
      api: { listen: { host: '127.0.0.1', port: 8000 }, keys: undefined },
      worker: { email: { smtpUrl: undefined, to: [] }, telegram: { token: undefined, chats: [] } },
    });
    const { api, worker } = await readConfiguration({
      AUTH: 'keys',
      TELEGRAM_BOT_TOKEN: '1:a',
      TELEGRAM_CHAT_IDS: '-1001234567890:42, 777?source=billing',
    });
    expect(api.keys).toBeDefined();
    expect(worker.telegram).toMatchObject({
      token: '1:a',
      chats: [
        { recipient: '-1001234567890:42', sources: null },
        { recipient: '777', sources: ['billing'] },
      ],
    });
  });

  test('lists the mistakes of API and worker at once, each of them once', async () => {
    const wrong = {
      DATABASE_URL: 'mysql://user:secret@host/name',
      PORT: '0',
      HOST: '0.0.0.0',
      REDIS_URL: 'localhost:6379',
      LOCALE: 'de',
      SMTP_URL: 'mail.example.com',
      TELEGRAM_CHAT_IDS: 'x y',
    };
    const error = await readConfiguration(wrong).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ConfigError);
    const { mistakes } = error as ConfigError;
    expect(mistakes.map((line) => line.split(':')[0]).sort()).toEqual(
      [...Object.keys(wrong).filter((name) => name !== 'HOST'), 'AUTH'].sort(),
    );
    expect(mistakes).toContainEqual(expect.stringContaining('mysql:// is not PostgreSQL'));
    expect(mistakes.join()).not.toContain('secret');
  });

  test('repeats the warnings of each app once', async () => {
    const { warnings } = await readConfiguration({
      TELEGRAM_CHAT_ID: '1',
      RATE_LIMIT_READ: '1',
      DATABASE_HOST: 'x',
      MAIL_TO: 'ops@example.com',
    });
    expect(warnings.map((line) => line.split(' ').slice(-1)[0]).sort()).toEqual([
      'DATABASE_URL?',
      'MAIL_TO',
      'RATE_LIMIT_READS?',
      'TELEGRAM_CHAT_IDS?',
    ]);
  });

  test('takes no variable of one app for a misspelled one of the other', async () => {
    const { ApiEnv } = await import(`${import.meta.dirname}/../../../apps/api/src/config.ts`);
    const { WorkerEnv } = await import(`${import.meta.dirname}/../../../apps/worker/src/config.ts`);
    const names = Object.keys({ ...ApiEnv.shape, ...WorkerEnv.shape });
    // Empty variables count as unset, but have names.
    const { warnings } = await readConfiguration(Object.fromEntries(names.map((name) => [name, ''])));
    expect(warnings).toEqual([]);
  });
});
