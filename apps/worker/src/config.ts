import { MailFrom, MailTo, SmtpUrl } from '@incidents/notifications/email/settings';
import { PublicUrl, TimeZone } from '@incidents/notifications/messages/settings';
import { TelegramChatIds } from '@incidents/notifications/telegram/settings';
import { readEnv, sharedEnv, wholeNumber } from '@incidents/runtime/read-env';
import * as z from 'zod';

const Env = z
  .object({
    ...sharedEnv,
    /** Jobs that run at the same time. They share statements, so more at a time cost less each. */
    WORKER_CONCURRENCY: wholeNumber({ minimum: 1, maximum: 1000, fallback: 100 }),
    /** Most connections to PostgreSQL; jobs share them. One is always taken by the queue's LISTEN. */
    DATABASE_POOL_SIZE: wholeNumber({ minimum: 2, maximum: 500, fallback: 20 }),
    /** Where its probes listen; port 0 for nowhere, so that several workers can run on one machine. */
    WORKER_HOST: z.string().default('127.0.0.1'),
    WORKER_PORT: wholeNumber({ minimum: 0, maximum: 65_535, fallback: 0 }),

    /** Of the times in messages. */
    TIMEZONE: TimeZone.default('UTC'),
    /** Where the pages are that messages link to. */
    PUBLIC_URL: PublicUrl.optional(),

    SMTP_URL: SmtpUrl.optional(),
    MAIL_FROM: MailFrom.optional(),
    MAIL_TO: MailTo.default([]),

    TELEGRAM_BOT_TOKEN: z
      .string()
      .regex(/^\d+:[\w-]+$/, 'a bot token looks like 123456:ABC-DEF')
      .optional(),
    TELEGRAM_CHAT_IDS: TelegramChatIds.default([]),
    TELEGRAM_API_ROOT: z.url({ protocol: /^https?$/ }).default('https://api.telegram.org'),
    /** Messages per second to one chat, per minute to one group, and per second in all. */
    TELEGRAM_CHAT_PER_SECOND: wholeNumber({ minimum: 1, maximum: 1000, fallback: 1 }),
    TELEGRAM_GROUP_PER_MINUTE: wholeNumber({ minimum: 1, maximum: 60_000, fallback: 20 }),
    TELEGRAM_TOTAL_PER_SECOND: wholeNumber({ minimum: 1, maximum: 1000, fallback: 30 }),

    /** Seconds for which a delivery is tried before it is given up. */
    DELIVERY_MAX_AGE: wholeNumber({ minimum: 1, maximum: 30 * 86_400, fallback: 86_400 }),
    /** New incidents within STORM_WINDOW seconds that one recipient is told one by one. */
    STORM_THRESHOLD: wholeNumber({ minimum: 1, maximum: 1_000_000, fallback: 10 }),
    STORM_WINDOW: wholeNumber({ minimum: 1, maximum: 86_400, fallback: 60 }),
    /** Seconds that those beyond gather before a digest of them leaves. */
    STORM_DIGEST_AFTER: wholeNumber({ minimum: 0, maximum: 86_400, fallback: 30 }),
  })
  .check(({ value, issues }) => {
    const needs = (name: 'MAIL_FROM' | 'MAIL_TO' | 'TELEGRAM_CHAT_IDS', because: string) => {
      if (value[name] !== undefined && value[name].length > 0) return;
      issues.push({ code: 'custom', path: [name], message: `needed when ${because} is set`, input: value });
    };
    if (value.SMTP_URL) {
      needs('MAIL_FROM', 'SMTP_URL');
      needs('MAIL_TO', 'SMTP_URL');
    }
    if (value.TELEGRAM_BOT_TOKEN) needs('TELEGRAM_CHAT_IDS', 'TELEGRAM_BOT_TOKEN');
  });

/**
 * The environment, read once.
 * @throws BadConfig naming every variable that is missing or wrong
 */
export function readConfig(env: NodeJS.ProcessEnv) {
  const values = readEnv(Env, env);
  return Object.freeze({
    database: Object.freeze({
      // LISTEN needs a session.
      url: values.DATABASE_DIRECT_URL ?? values.DATABASE_URL,
      poolSize: values.DATABASE_POOL_SIZE,
    }),
    concurrency: values.WORKER_CONCURRENCY,
    probes: Object.freeze({ host: values.WORKER_HOST, port: values.WORKER_PORT }),
    locale: values.LOCALE,
    timeZone: values.TIMEZONE,
    publicUrl: values.PUBLIC_URL,
    logLevel: values.LOG_LEVEL,
    /** Milliseconds. */
    shutdownTimeout: values.SHUTDOWN_TIMEOUT * 1000,
    email: Object.freeze({
      smtpUrl: values.SMTP_URL,
      from: values.MAIL_FROM ?? '',
      to: values.MAIL_TO,
    }),
    telegram: Object.freeze({
      token: values.TELEGRAM_BOT_TOKEN,
      chats: values.TELEGRAM_CHAT_IDS,
      apiRoot: values.TELEGRAM_API_ROOT,
      limits: Object.freeze({
        chatPerSecond: values.TELEGRAM_CHAT_PER_SECOND,
        groupPerMinute: values.TELEGRAM_GROUP_PER_MINUTE,
        totalPerSecond: values.TELEGRAM_TOTAL_PER_SECOND,
      }),
    }),
    maxAgeSeconds: values.DELIVERY_MAX_AGE,
    storm: Object.freeze({
      threshold: values.STORM_THRESHOLD,
      windowSeconds: values.STORM_WINDOW,
      digestAfterSeconds: values.STORM_DIGEST_AFTER,
    }),
  });
}

export type Config = ReturnType<typeof readConfig>;
