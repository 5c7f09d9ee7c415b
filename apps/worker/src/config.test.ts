import { BadConfig } from '@incidents/process/read-env';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const DATABASE_URL = 'postgresql://user:secret@host:5432/name';

test('DATABASE_URL is enough', () => {
  expect(readConfig({ DATABASE_URL })).toEqual({
    database: { url: DATABASE_URL, poolSize: 20 },
    concurrency: 50,
    locale: 'ru',
    logLevel: 'info',
    shutdownTimeout: 10_000,
  });
});

test('every variable is read', () => {
  expect(
    readConfig({
      DATABASE_URL,
      DATABASE_POOL_SIZE: '2',
      WORKER_CONCURRENCY: '1',
      LOCALE: 'en',
      LOG_LEVEL: 'debug',
      SHUTDOWN_TIMEOUT: '3',
    }),
  ).toEqual({
    database: { url: DATABASE_URL, poolSize: 2 },
    concurrency: 1,
    locale: 'en',
    logLevel: 'debug',
    shutdownTimeout: 3_000,
  });
});

test('every bad variable is named at once', () => {
  const bad = {
    DATABASE_URL: 'localhost',
    DATABASE_POOL_SIZE: '1',
    WORKER_CONCURRENCY: '0',
    LOCALE: 'fr',
    LOG_LEVEL: 'all',
    SHUTDOWN_TIMEOUT: '1.5',
  };
  expect(() => readConfig(bad)).toThrow(BadConfig);
  for (const name of Object.keys(bad)) expect(() => readConfig(bad)).toThrow(name);
});

test('nobody changes it later', () => {
  const config = readConfig({ DATABASE_URL });
  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.isFrozen(config.database)).toBe(true);
});
