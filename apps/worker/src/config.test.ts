import { ConfigError } from '@incidents/runtime/read-env';
import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

const DATABASE_URL = 'postgresql://user:secret@host:5432/name';

test('fills in defaults when only DATABASE_URL is set', () => {
  expect(readConfig({ DATABASE_URL })).toEqual({
    warnings: [],
    database: { url: DATABASE_URL, poolSize: 20 },
    concurrency: 100,
    probes: { host: '127.0.0.1', port: 0 },
    locale: 'ru',
    timeZone: 'UTC',
    publicUrl: undefined,
    logLevel: 'info',
    shutdownTimeoutMs: 10_000,
    email: { smtpUrl: undefined, from: '', to: [] },
    telegram: {
      token: undefined,
      chats: [],
      apiRoot: 'https://api.telegram.org',
      limits: { chatPerSecond: 1, groupPerMinute: 20, totalPerSecond: 30 },
    },
    escalateAfterSeconds: {},
    quietHours: {},
    maxAgeSeconds: 86_400,
    retentionDays: 0,
    storm: { threshold: 10, windowSeconds: 60, digestAfterSeconds: 30 },
  });
});

test('reads every variable', () => {
  expect(
    readConfig({
      DATABASE_URL,
      DATABASE_POOL_SIZE: '2',
      WORKER_CONCURRENCY: '1',
      WORKER_HOST: '0.0.0.0',
      WORKER_PORT: '8001',
      LOCALE: 'en',
      TIMEZONE: 'Europe/Moscow',
      PUBLIC_URL: 'https://ops.example.com/service/',
      LOG_LEVEL: 'debug',
      SHUTDOWN_TIMEOUT: '3',
      SMTP_URL: 'smtp://user:pass@mail.example.com:587',
      MAIL_FROM: 'Инциденты <incidents@example.com>',
      MAIL_TO: 'a@example.com, b@example.com?source=billing&source=payments',
      TELEGRAM_BOT_TOKEN: '123456:ABC-def_1',
      TELEGRAM_CHAT_IDS: '-1001234567890:42?source=monitoring,@channel',
      TELEGRAM_API_ROOT: 'http://127.0.0.1:8081',
      TELEGRAM_CHAT_PER_SECOND: '2',
      TELEGRAM_GROUP_PER_MINUTE: '30',
      TELEGRAM_TOTAL_PER_SECOND: '60',
      ESCALATE_AFTER: 'critical=5m,error=30m',
      ESCALATE_TO: 'chief@example.com?source=billing, -100123:4, 12@example.com',
      QUIET_HOURS: 'info,warning=22:00-08:00; error=00:00-06:30',
      DELIVERY_MAX_AGE: '3600',
      STORM_THRESHOLD: '5',
      STORM_WINDOW: '120',
      STORM_DIGEST_AFTER: '10',
      RETENTION_DAYS: '90',
    }),
  ).toEqual({
    warnings: [],
    database: { url: DATABASE_URL, poolSize: 2 },
    concurrency: 1,
    probes: { host: '0.0.0.0', port: 8001 },
    locale: 'en',
    timeZone: 'Europe/Moscow',
    publicUrl: 'https://ops.example.com/service',
    logLevel: 'debug',
    shutdownTimeoutMs: 3_000,
    email: {
      smtpUrl: 'smtp://user:pass@mail.example.com:587',
      from: 'Инциденты <incidents@example.com>',
      to: [
        { recipient: 'a@example.com', sources: null },
        { recipient: 'b@example.com', sources: ['billing', 'payments'] },
        { recipient: 'chief@example.com', sources: ['billing'], onlyEscalations: true },
        { recipient: '12@example.com', sources: null, onlyEscalations: true },
      ],
    },
    telegram: {
      token: '123456:ABC-def_1',
      chats: [
        { recipient: '-1001234567890:42', sources: ['monitoring'] },
        { recipient: '@channel', sources: null },
        { recipient: '-100123:4', sources: null, onlyEscalations: true },
      ],
      apiRoot: 'http://127.0.0.1:8081',
      limits: { chatPerSecond: 2, groupPerMinute: 30, totalPerSecond: 60 },
    },
    escalateAfterSeconds: { critical: 300, error: 1_800 },
    quietHours: {
      info: { from: 1_320, to: 480 },
      warning: { from: 1_320, to: 480 },
      error: { from: 0, to: 390 },
    },
    maxAgeSeconds: 3_600,
    retentionDays: 90,
    storm: { threshold: 5, windowSeconds: 120, digestAfterSeconds: 10 },
  });
});

test('names every bad variable in one error', () => {
  const bad = {
    DATABASE_URL: 'localhost',
    DATABASE_POOL_SIZE: '1',
    WORKER_CONCURRENCY: '0',
    WORKER_PORT: '65536',
    LOCALE: 'fr',
    TIMEZONE: 'MSK',
    PUBLIC_URL: 'ops.example.com',
    LOG_LEVEL: 'all',
    SHUTDOWN_TIMEOUT: '1.5',
    SMTP_URL: 'mail.example.com',
    MAIL_FROM: 'stranger',
    MAIL_TO: 'a@example.com?colour=red',
    TELEGRAM_BOT_TOKEN: 'secret',
    TELEGRAM_CHAT_IDS: '12:x',
    TELEGRAM_API_ROOT: 'telegram',
    TELEGRAM_CHAT_PER_SECOND: '0',
    ESCALATE_AFTER: 'critical',
    ESCALATE_TO: '12:x',
    QUIET_HOURS: 'critical=22:00-08:00',
    DELIVERY_MAX_AGE: '-1',
    STORM_THRESHOLD: '0',
  };
  expect(() => readConfig(bad)).toThrow(ConfigError);
  for (const name of Object.keys(bad)) expect(() => readConfig(bad)).toThrow(name);
});

describe('a channel with some of its variables warns and writes to the log', () => {
  const SMTP_URL = 'smtp://mail.example.com';
  const MAIL_FROM = 'incidents@example.com';
  const MAIL_TO = 'ops@example.com';

  test.each([
    [{ SMTP_URL }, 'MAIL_FROM and MAIL_TO are not set, but SMTP_URL'],
    [{ SMTP_URL, MAIL_TO }, 'MAIL_FROM is not set, but SMTP_URL and MAIL_TO'],
    [{ SMTP_URL, MAIL_FROM, MAIL_TO: '' }, 'MAIL_TO is not set, but SMTP_URL and MAIL_FROM'],
    [{ MAIL_FROM, MAIL_TO }, 'SMTP_URL is not set, but MAIL_FROM and MAIL_TO'],
  ])('e-mail: %o', (env, text) => {
    const { email, telegram, warnings } = readConfig({ DATABASE_URL, ...env });
    expect(warnings).toEqual([`E-mails go to the log: ${text}`]);
    expect(email.smtpUrl).toBeUndefined();
    expect(telegram.token).toBeUndefined();
  });

  test.each([
    [{ TELEGRAM_BOT_TOKEN: '1:a' }, 'TELEGRAM_CHAT_IDS is not set, but TELEGRAM_BOT_TOKEN'],
    [{ TELEGRAM_CHAT_IDS: '12345' }, 'TELEGRAM_BOT_TOKEN is not set, but TELEGRAM_CHAT_IDS'],
  ])('Telegram: %o', (env, text) => {
    const { telegram, warnings } = readConfig({ DATABASE_URL, ...env });
    expect(warnings).toEqual([`Telegram messages go to the log: ${text}`]);
    expect(telegram.token).toBeUndefined();
  });
});

test('a misspelled variable is a warning', () => {
  expect(readConfig({ DATABASE_URL, TELEGRAM_CHAT_ID: '12345', SMTP_HOST: 'secret' }).warnings).toEqual([
    'TELEGRAM_CHAT_ID is no variable of this service; did you mean TELEGRAM_CHAT_IDS?',
    'SMTP_HOST is no variable of this service; did you mean SMTP_URL?',
  ]);
});

test('returns a frozen config', () => {
  const config = readConfig({ DATABASE_URL });
  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.isFrozen(config.database)).toBe(true);
});

test('warns of escalations that reach no recipient', () => {
  const warningsOf = (env: Record<string, string>) => readConfig({ DATABASE_URL, ...env }).warnings;
  expect(warningsOf({ ESCALATE_TO: 'a@example.com,12', ESCALATE_AFTER: 'error=1h' })).toEqual([
    'Escalations to the mailboxes of ESCALATE_TO go to the log: SMTP_URL, MAIL_FROM, MAIL_TO are not set',
    'Escalations to the chats of ESCALATE_TO go to the log: TELEGRAM_BOT_TOKEN, TELEGRAM_CHAT_IDS are not set',
  ]);
  const telegram = { TELEGRAM_BOT_TOKEN: '1:a', TELEGRAM_CHAT_IDS: '12' };
  expect(warningsOf({ ...telegram, ESCALATE_TO: '13' })).toEqual([
    'ESCALATE_TO has no effect: ESCALATE_AFTER is not set',
  ]);
});
