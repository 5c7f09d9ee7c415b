import type { Db } from '@incidents/db/client';
import type { StormPolicy } from '@incidents/db/queries/delivery/plan-deliveries';
import { createEmailChannel } from '@incidents/notifications/email/email-channel';
import type { Channel, ChannelName, ConfiguredChannel } from '@incidents/notifications/engine/channel';
import { type OutboxEngine, startOutboxEngine } from '@incidents/notifications/engine/outbox-engine';
import { createPlanner } from '@incidents/notifications/engine/planner';
import { createWording } from '@incidents/notifications/messages/wording';
import { createTelegramChannel } from '@incidents/notifications/telegram/telegram-channel';
import type { Logger } from '@incidents/runtime/logger';
import type { FakeBotApi } from '@incidents/testing/telegram/fake-bot-api';
import { startRunner } from '../runner.ts';
import { createTasks } from '../tasks/index.ts';
import { createStatisticsUpdater } from '../update-statistics.ts';

export interface Moment {
  incident_id: number;
  event_id: number;
  channel: ChannelName;
  recipient: string;
  state: string;
  attempts: number;
  last_error: string | null;
  provider_message_id: string | null;
  /** Seconds until the next attempt; null without one. */
  next_in: number | null;
  /** Milliseconds since the delivery was planned. */
  after: number;
}

export const recordMoments = (db: Db) =>
  db.pool.query(`
    create table moments (
      position bigint generated always as identity, delivery deliveries, at timestamptz not null
    );
    create function keep_moment() returns trigger language plpgsql as $$
      begin insert into moments (delivery, at) values (new, clock_timestamp()); return null; end $$;
    create trigger keep_moment after insert or update on deliveries
      for each row execute function keep_moment()`);

export async function readMoments(db: Db): Promise<Moment[]> {
  const { rows } = await db.pool.query<Moment>(`
    select (delivery).incident_id, (delivery).event_id, (delivery).channel, (delivery).recipient,
      (delivery).state, (delivery).attempts, (delivery).last_error, (delivery).provider_message_id,
      extract(epoch from (delivery).next_attempt_at - at)::float8 as next_in,
      extract(epoch from at - (delivery).created_at)::float8 * 1000 as after
    from moments order by position`);
  return rows;
}

export const SOCKET_TIMEOUT_MS = 2_500;

export async function startDeliveryWorker(options: {
  db: Db;
  logger: Logger;
  mail: { url: string; recipients: string[] };
  bot: { api: Pick<FakeBotApi, 'url' | 'token'>; recipients: string[] };
  storm?: StormPolicy;
}): Promise<{ stop(): Promise<void> }> {
  const { db, logger } = options;
  const wording = createWording({ locale: 'ru', timeZone: 'UTC' });
  const email = createEmailChannel({
    smtpUrl: options.mail.url,
    from: 'Инциденты <incidents@example.com>',
    wording,
    logger,
    // Different timeouts, so that always the same one expires first.
    timeouts: {
      connectMs: SOCKET_TIMEOUT_MS - 250,
      greetingMs: SOCKET_TIMEOUT_MS - 500,
      socketMs: SOCKET_TIMEOUT_MS,
    },
  });
  const telegram = createTelegramChannel({
    token: options.bot.api.token,
    apiRoot: options.bot.api.url,
    limits: { chatPerSecond: 1_000, groupPerMinute: 60_000, totalPerSecond: 1_000 },
    timeoutSeconds: SOCKET_TIMEOUT_MS / 1_000,
    db: db.kysely,
    wording,
    logger,
  });
  const configured = (channel: Channel, recipients: string[]): ConfiguredChannel => ({
    channel,
    recipients: recipients.map((recipient) => ({ recipient, sources: null })),
  });
  const channels: Record<ChannelName, ConfiguredChannel> = {
    email: configured(email, options.mail.recipients),
    telegram: configured(telegram, options.bot.recipients),
  };
  let engine: OutboxEngine | undefined;
  const wakeOutboxes: OutboxEngine['wakeOutboxes'] = (channel, outboxes) =>
    engine?.wakeOutboxes(channel, outboxes);
  const runner = await startRunner({
    db,
    heartbeatDb: db,
    tasks: createTasks({
      db: db.kysely,
      logger,
      channels,
      planEvent: createPlanner({
        db: db.kysely,
        channels,
        storm: options.storm ?? { threshold: 1_000, windowSeconds: 60, digestAfterSeconds: 0 },
        quietHours: () => ({}),
        onWoken: wakeOutboxes,
      }),
      wakeOutboxes,
      updateStatistics: createStatisticsUpdater(db.kysely),
      retentionDays: 0,
    }),
    concurrency: 50,
    abortAfterMs: 5_000,
    startEngine: (poolId) => {
      engine = startOutboxEngine({
        db: db.kysely,
        poolId,
        channels,
        findChannel: ({ channel }) => channels[channel].channel,
        maxAgeSeconds: 86_400,
        logger,
      });
      return engine;
    },
    logger,
  });
  return {
    async stop() {
      await runner.stop(5_000);
      await email.close();
    },
  };
}
