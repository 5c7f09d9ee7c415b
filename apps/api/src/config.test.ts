import { BadConfig } from '@incidents/process/read-env';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const DATABASE_URL = 'postgresql://user@host/name';

test('what is left out has its default', () => {
  expect(readConfig({ DATABASE_URL })).toMatchObject({
    listen: { host: '127.0.0.1', port: 8000 },
    corsOrigins: [],
    shutdownDelay: 0,
    shutdownTimeout: 10_000,
    redisUrl: undefined,
    rateLimits: { reads: 12_000, writes: 6_000 },
    trustedProxyHops: 0,
  });
});

test('origins are read one by one, durations as milliseconds', () => {
  expect(
    readConfig({
      DATABASE_URL,
      CORS_ORIGINS: 'https://ops.example.com, http://127.0.0.1:3000',
      SHUTDOWN_DELAY: '5',
    }),
  ).toMatchObject({
    corsOrigins: ['https://ops.example.com', 'http://127.0.0.1:3000'],
    shutdownDelay: 5_000,
  });
});

test.each([
  '*',
  'ops.example.com',
  'https://ops.example.com/',
  'https://ops.example.com/app',
  'null',
  'a,,b',
])('CORS_ORIGINS=%s names no origins', (CORS_ORIGINS) => {
  expect(() => readConfig({ DATABASE_URL, CORS_ORIGINS })).toThrow(BadConfig);
  expect(() => readConfig({ DATABASE_URL, CORS_ORIGINS })).toThrow(/CORS_ORIGINS/);
});

test.each(['redis://host', 'redis://:secret@host:6379/0', 'rediss://user:secret@host/1'])(
  'REDIS_URL=%s is taken as it is',
  (REDIS_URL) => {
    expect(readConfig({ DATABASE_URL, REDIS_URL }).redisUrl).toBe(REDIS_URL);
  },
);

test.each(['host:6379', 'http://:secret@host', 'redis://', 'redis://:secret#@@:x'])(
  'REDIS_URL=%s names no Redis, and is not shown',
  (REDIS_URL) => {
    expect(() => readConfig({ DATABASE_URL, REDIS_URL })).toThrow(/REDIS_URL: it/);
    expect(() => readConfig({ DATABASE_URL, REDIS_URL })).not.toThrow(/secret/);
  },
);
