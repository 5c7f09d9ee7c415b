import { setTimeout as sleep } from 'node:timers/promises';
import { createBatcher } from '@incidents/db/batcher';
import type { Db } from '@incidents/db/client';
import type { WokenOutbox } from '@incidents/db/queries/delivery/plan-deliveries';
import {
  type DeliveryResult,
  type OutboxClosure,
  recordDeliveries,
} from '@incidents/db/queries/delivery/record-deliveries';
import { findDueOutboxes } from '@incidents/db/queries/outbox/find-due-outboxes';
import { CHANNEL_NAMES } from '@incidents/db/tables/channel';
import { isUnavailable } from '@incidents/db/unavailable';
import type { Logger } from '@incidents/runtime/logger';
import type { ChannelName, ConfiguredChannel, FindChannel } from './channel.ts';
import { createChannelEngine } from './channel-engine.ts';

export interface OutboxEngineOptions {
  db: Db['kysely'];
  /** The worker pool that owns the outboxes. It must hold its lease. */
  poolId: string;
  channels: Record<ChannelName, ConfiguredChannel>;
  findChannel: FindChannel;
  maxAgeSeconds: number;
  logger: Logger;
}

export interface OutboxEngine {
  wakeOutboxes(channel: ChannelName, outboxes: WokenOutbox[]): void;
  /** Resolves when the messages under way have ended; aborts them after `abortAfterMs`. Begins no other. */
  stop(abortAfterMs: number): Promise<void>;
}

/** The poll finds retries of other processes, and outboxes of pools that are not living. */
const POLL_INTERVAL_MS = 1_000;

const RECORD_RETRY_INTERVAL_MS = 100;

const MAX_RECORDS_PER_STATEMENT = 200;

export function startOutboxEngine(options: OutboxEngineOptions): OutboxEngine {
  const { db, poolId, logger } = options;
  const abortController = new AbortController();
  let isStopping = false;

  const record = createBatcher<{ results: DeliveryResult[]; closure: OutboxClosure | undefined }, void>(
    async (takeBatch) => {
      const batch = takeBatch();
      const results = batch.flatMap(({ item }) => item.results);
      const closures = batch.flatMap(({ item }) => item.closure ?? []);
      for (;;) {
        try {
          await recordDeliveries(db, poolId, results, closures);
          return batch.map(() => undefined);
        } catch (error) {
          // An unrecorded message would be sent twice.
          if (!isUnavailable(error) || abortController.signal.aborted) throw error;
          await sleep(RECORD_RETRY_INTERVAL_MS);
        }
      }
    },
    { concurrency: 2, maxItems: MAX_RECORDS_PER_STATEMENT },
  );

  const createEngine = (name: ChannelName) =>
    createChannelEngine({
      name,
      db,
      poolId,
      mergesEvents: options.channels[name].channel.mergesEvents,
      findChannel: options.findChannel,
      record: (results, closure) => record({ results, closure }),
      maxAgeSeconds: options.maxAgeSeconds,
      isStopping: () => isStopping,
      signal: abortController.signal,
      logger,
    });
  const engines = { email: createEngine('email'), telegram: createEngine('telegram') };

  let pollTimer: NodeJS.Timeout | undefined;
  const poll = async (): Promise<void> => {
    try {
      const channels = CHANNEL_NAMES.filter((name) => engines[name].canPoll());
      const due = channels.length === 0 ? [] : await findDueOutboxes(db, poolId, channels);
      for (const { id, channel } of due) {
        if (!engines[channel].isDraining(id)) engines[channel].wakeOutbox(id, 0);
      }
    } catch (error) {
      logger.debug({ err: error }, 'outbox poll failed');
    }
    if (!isStopping) pollTimer = setTimeout(() => (lastPoll = poll()), POLL_INTERVAL_MS);
  };
  let lastPoll = poll();

  return {
    wakeOutboxes(channel, outboxes) {
      for (const { id, dueInMs } of outboxes) engines[channel].wakeOutbox(id, dueInMs);
    },
    async stop(abortAfterMs) {
      isStopping = true;
      clearTimeout(pollTimer);
      const abortTimer = setTimeout(() => abortController.abort(), abortAfterMs);
      await lastPoll;
      await Promise.all(CHANNEL_NAMES.map((name) => engines[name].stop()));
      clearTimeout(abortTimer);
    },
  };
}
