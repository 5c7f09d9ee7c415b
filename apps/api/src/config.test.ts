import { ConfigError } from '@incidents/runtime/read-env';
import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

const DATABASE_URL = 'postgresql://user@host/name';

describe('readConfig', () => {
  test('fills in defaults', () => {
    expect(readConfig({ DATABASE_URL })).toMatchObject({
      listen: { host: '127.0.0.1', port: 8000 },
      corsOrigins: [],
      shutdownDelayMs: 0,
      shutdownTimeoutMs: 10_000,
      redisUrl: undefined,
      rateLimits: { reads: 12_000, writes: 6_000 },
      trustedProxyHops: 0,
    });
  });

  test('splits origins and returns durations in milliseconds', () => {
    expect(
      readConfig({
        DATABASE_URL,
        CORS_ORIGINS: 'https://ops.example.com, http://127.0.0.1:3000',
        SHUTDOWN_DELAY: '5',
      }),
    ).toMatchObject({
      corsOrigins: ['https://ops.example.com', 'http://127.0.0.1:3000'],
      shutdownDelayMs: 5_000,
    });
  });

  test('requires keys unless AUTH=off', () => {
    expect(readConfig({ DATABASE_URL }).keys).toEqual({ admin: undefined });
    expect(readConfig({ DATABASE_URL, ADMIN_API_KEY: 'k'.repeat(32) }).keys).toEqual({
      admin: 'k'.repeat(32),
    });
    expect(readConfig({ DATABASE_URL, AUTH: 'off' }).keys).toBeUndefined();
    expect(readConfig({ DATABASE_URL, AUTH: 'off', HOST: '::1' }).keys).toBeUndefined();
  });

  test.each(['0.0.0.0', '::', '10.0.0.1', 'api.example'])('refuses AUTH=off on %s', (HOST) => {
    const env = { DATABASE_URL, AUTH: 'off', HOST };
    expect(() => readConfig(env)).toThrow(/AUTH: .*ALLOW_OPEN/);
    expect(readConfig({ ...env, ALLOW_OPEN: 'true' }).keys).toBeUndefined();
    expect(readConfig({ DATABASE_URL, HOST }).listen.host).toBe(HOST);
  });

  test('lists open access beside other mistakes', () => {
    const env = { DATABASE_URL, AUTH: 'off', HOST: '0.0.0.0', PORT: 'x' };
    expect(() => readConfig(env)).toThrow(/PORT: .*\n.*AUTH: .*ALLOW_OPEN/);
  });

  test('warns of a misspelled variable', () => {
    expect(readConfig({ DATABASE_URL, RATE_LIMIT_READ: '1' }).warnings).toEqual([
      'RATE_LIMIT_READ is no variable of this service; did you mean RATE_LIMIT_READS?',
    ]);
  });

  test.each(['short', 'k'.repeat(31), `${'k'.repeat(40)} ${'k'.repeat(40)}`, 'ключ'.repeat(20)])(
    'refuses ADMIN_API_KEY=%s without showing it',
    (ADMIN_API_KEY) => {
      expect(() => readConfig({ DATABASE_URL, ADMIN_API_KEY })).toThrow(/ADMIN_API_KEY: at least 32/);
      expect(() => readConfig({ DATABASE_URL, ADMIN_API_KEY })).not.toThrow(ADMIN_API_KEY);
    },
  );

  test.each([
    '*',
    'ops.example.com',
    'https://ops.example.com/',
    'https://ops.example.com/app',
    'null',
    'a,,b',
  ])('refuses CORS_ORIGINS=%s', (CORS_ORIGINS) => {
    expect(() => readConfig({ DATABASE_URL, CORS_ORIGINS })).toThrow(ConfigError);
    expect(() => readConfig({ DATABASE_URL, CORS_ORIGINS })).toThrow(/CORS_ORIGINS/);
  });

  test.each(['redis://host', 'redis://:secret@host:6379/0', 'rediss://user:secret@host/1'])(
    'accepts REDIS_URL=%s',
    (REDIS_URL) => {
      expect(readConfig({ DATABASE_URL, REDIS_URL }).redisUrl).toBe(REDIS_URL);
    },
  );

  test.each(['host:6379', 'http://:secret@host', 'redis://', 'redis://:secret#@@:x'])(
    'refuses REDIS_URL=%s without showing it',
    (REDIS_URL) => {
      expect(() => readConfig({ DATABASE_URL, REDIS_URL })).toThrow(/REDIS_URL: it/);
      expect(() => readConfig({ DATABASE_URL, REDIS_URL })).not.toThrow(/secret/);
    },
  );
});
