import { MailFrom, MailTo, SmtpUrl } from '@incidents/notifications/email/settings';
import type { ConfiguredRecipient } from '@incidents/notifications/engine/channel';
import { EscalateTo } from '@incidents/notifications/escalate-to';
import { PublicUrl, TimeZone } from '@incidents/notifications/messages/settings';
import { QuietHoursList } from '@incidents/notifications/quiet-hours';
import { TelegramChatIds } from '@incidents/notifications/telegram/settings';
import { readEnv, sharedEnv, warnOfUnknownVariables, wholeNumber } from '@incidents/runtime/read-env';
import * as z from 'zod';

/** Every variable of the worker; `pnpm configuration` makes the table of docs/configuration.md from it. */
export const WorkerEnv = z.object({
  ...sharedEnv,
  WORKER_CONCURRENCY: wholeNumber({ minimum: 1, maximum: 1000, fallback: 100 }).meta({
    description: 'Jobs that run at the same time. They share statements, so each costs less when more run.',
    unit: 'jobs',
  }),
  DATABASE_POOL_SIZE: wholeNumber({ minimum: 2, maximum: 500, fallback: 20 }).meta({
    description:
      'Most connections to PostgreSQL of one process. A worker has five more: four for messages, one for its heartbeat.',
    unit: 'connections',
  }),
  WORKER_HOST: z
    .string()
    .default('127.0.0.1')
    .meta({ description: 'Address of the `/healthz` and `/readyz` of the worker.' }),
  WORKER_PORT: wholeNumber({ minimum: 0, maximum: 65_535, fallback: 0 }).meta({
    description: 'Port of these probes; `0`: no probes. Images set `8001`.',
  }),

  TIMEZONE: TimeZone.default('UTC').meta({
    description:
      'Time zone of the times in messages, by its IANA name: `Europe/Moscow` gives `2025-11-08 15:00 UTC+3`.',
  }),
  PUBLIC_URL: PublicUrl.optional().meta({
    description:
      'Public address of the service, also below a path: `https://ops.example.com`. Messages link to `PUBLIC_URL/incidents/{id}`.',
    whenUnset: 'no links',
  }),

  SMTP_URL: SmtpUrl.optional().meta({
    description:
      'Mail server: `smtp://user:password@host:587` (STARTTLS where offered; `?requireTLS=true` insists) or `smtps://host`.',
    whenUnset: 'mails go to the log',
  }),
  MAIL_FROM: MailFrom.optional().meta({
    description: 'Sender: `incidents@example.com` or `Name <incidents@example.com>`.',
    whenUnset: 'mails go to the log',
  }),
  MAIL_TO: MailTo.default([]).meta({
    description: 'Mailboxes, separated by commas, each with an optional [filter](#filters-of-recipients).',
    whenUnset: 'mails go to the log',
  }),

  TELEGRAM_BOT_TOKEN: z
    .string()
    .regex(/^\d+:[\w-]+$/, 'a bot token looks like 123456:ABC-DEF')
    .optional()
    .meta({
      description: 'Token of the bot that sends: `123456:ABC-DEF`.',
      whenUnset: 'Telegram messages go to the log',
    }),
  TELEGRAM_CHAT_IDS: TelegramChatIds.default([]).meta({
    description:
      'Chats, separated by commas: `12345`, `-1001234567890`, `-1001234567890:42` (a topic), `@channel`. Each takes an optional [filter](#filters-of-recipients).',
    whenUnset: 'Telegram messages go to the log',
  }),
  TELEGRAM_API_ROOT: z
    .url({ protocol: /^https?$/ })
    .default('https://api.telegram.org')
    .meta({ description: 'Address of the Bot API server.' }),
  TELEGRAM_CHAT_PER_SECOND: wholeNumber({ minimum: 1, maximum: 1000, fallback: 1 }).meta({
    description: "Telegram's limit for one chat, over all workers together.",
    unit: 'messages per second',
  }),
  TELEGRAM_GROUP_PER_MINUTE: wholeNumber({ minimum: 1, maximum: 60_000, fallback: 20 }).meta({
    description: 'The same for one group.',
    unit: 'messages per minute',
  }),
  TELEGRAM_TOTAL_PER_SECOND: wholeNumber({ minimum: 1, maximum: 1000, fallback: 30 }).meta({
    description: 'The same for the whole bot.',
    unit: 'messages per second',
  }),

  ESCALATE_TO: EscalateTo.default({ email: [], telegram: [] }).meta({
    description:
      'Mailboxes and chats that get escalations besides the usual recipients: `chief@example.com,-1001234567890:4`. Each takes an optional [filter](#filters-of-recipients).',
    whenUnset: 'the usual recipients only',
  }),
  QUIET_HOURS: QuietHoursList.default({}).meta({
    description:
      'Hours of `TIMEZONE` in which notifications about a severity are held: `info,warning=22:00-08:00; error=23:00-07:00`. At their end one digest tells what happened. `critical` is never quiet.',
    whenUnset: 'none',
  }),

  DELIVERY_MAX_AGE: wholeNumber({ minimum: 1, maximum: 30 * 86_400, fallback: 86_400 }).meta({
    description: 'Time in which a delivery is tried, or waits for a closed chat, before it fails.',
    unit: 's',
  }),
  STORM_THRESHOLD: wholeNumber({ minimum: 1, maximum: 1_000_000, fallback: 10 }).meta({
    description:
      'New incidents and escalations in `STORM_WINDOW` that one recipient gets as single messages. Further ones leave in digests.',
    unit: 'incidents',
  }),
  STORM_WINDOW: wholeNumber({ minimum: 1, maximum: 86_400, fallback: 60 }).meta({
    description: 'Time to which `STORM_THRESHOLD` applies.',
    unit: 's',
  }),
  STORM_DIGEST_AFTER: wholeNumber({ minimum: 0, maximum: 86_400, fallback: 30 }).meta({
    description: 'Time in which new incidents and escalations gather before a digest of them leaves.',
    unit: 's',
  }),
  RETENTION_DAYS: wholeNumber({ minimum: 0, maximum: 36_500, fallback: 0 }).meta({
    description:
      'Days after which closed incidents, and those that were deleted, are removed for good, with history and deliveries; `0`: never. All workers need the same value.',
    unit: 'days',
  }),
});

type Values = z.output<typeof WorkerEnv>;

const EMAIL_VARIABLES = ['SMTP_URL', 'MAIL_FROM', 'MAIL_TO'] as const;
const TELEGRAM_VARIABLES = ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_CHAT_IDS'] as const;

/** The missing variables of a channel in one line; undefined when it has all of them, or none. */
function warnOfMissing(
  values: Values,
  names: readonly (keyof Values)[],
  messages: string,
): string | undefined {
  const isSet = (name: keyof Values) => values[name] !== undefined && String(values[name]) !== '';
  const [set, missing] = [names.filter(isSet), names.filter((name) => !isSet(name))];
  if (set.length === 0 || missing.length === 0) return undefined;
  return `${messages} go to the log: ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not set, but ${set.join(' and ')}`;
}

/** Why `ESCALATE_TO`, or a part of it, reaches no recipient. */
function warnOfEscalations(values: Values): (string | undefined)[] {
  const { email, telegram } = values.ESCALATE_TO;
  const isUnset = (names: readonly (keyof Values)[]) => names.every((name) => !values[name]?.toString());
  return [
    email.length + telegram.length > 0 && Object.keys(values.ESCALATE_AFTER).length === 0
      ? 'ESCALATE_TO has no effect: ESCALATE_AFTER is not set'
      : undefined,
    email.length > 0 && isUnset(EMAIL_VARIABLES)
      ? `Escalations to the mailboxes of ESCALATE_TO go to the log: ${EMAIL_VARIABLES.join(', ')} are not set`
      : undefined,
    telegram.length > 0 && isUnset(TELEGRAM_VARIABLES)
      ? `Escalations to the chats of ESCALATE_TO go to the log: ${TELEGRAM_VARIABLES.join(', ')} are not set`
      : undefined,
  ];
}

const onlyEscalations = (recipients: ConfiguredRecipient[]): ConfiguredRecipient[] =>
  recipients.map((recipient) => ({ ...recipient, onlyEscalations: true }));

/** @throws ConfigError naming every variable that is missing or wrong */
export function readConfig(env: NodeJS.ProcessEnv) {
  const values = readEnv(WorkerEnv, env);
  const emailWarning = warnOfMissing(values, EMAIL_VARIABLES, 'E-mails');
  const telegramWarning = warnOfMissing(values, TELEGRAM_VARIABLES, 'Telegram messages');
  return Object.freeze({
    warnings: [
      ...warnOfUnknownVariables(WorkerEnv, env),
      emailWarning,
      telegramWarning,
      ...warnOfEscalations(values),
    ].filter((warning) => warning !== undefined),
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
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT * 1000,
    email: Object.freeze({
      // Undefined: the channel writes to the log.
      smtpUrl: emailWarning === undefined ? values.SMTP_URL : undefined,
      from: values.MAIL_FROM ?? '',
      to: [...values.MAIL_TO, ...onlyEscalations(values.ESCALATE_TO.email)],
    }),
    telegram: Object.freeze({
      token: telegramWarning === undefined ? values.TELEGRAM_BOT_TOKEN : undefined,
      chats: [...values.TELEGRAM_CHAT_IDS, ...onlyEscalations(values.ESCALATE_TO.telegram)],
      apiRoot: values.TELEGRAM_API_ROOT,
      limits: Object.freeze({
        chatPerSecond: values.TELEGRAM_CHAT_PER_SECOND,
        groupPerMinute: values.TELEGRAM_GROUP_PER_MINUTE,
        totalPerSecond: values.TELEGRAM_TOTAL_PER_SECOND,
      }),
    }),
    escalateAfterSeconds: values.ESCALATE_AFTER,
    quietHours: Object.freeze(values.QUIET_HOURS),
    maxAgeSeconds: values.DELIVERY_MAX_AGE,
    retentionDays: values.RETENTION_DAYS,
    storm: Object.freeze({
      threshold: values.STORM_THRESHOLD,
      windowSeconds: values.STORM_WINDOW,
      digestAfterSeconds: values.STORM_DIGEST_AFTER,
    }),
  });
}
