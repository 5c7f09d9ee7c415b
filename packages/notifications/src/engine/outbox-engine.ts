import { setTimeout as sleep } from 'node:timers/promises';
import { createBatcher } from '@incidents/db/batcher';
import type { Db } from '@incidents/db/client';
import { findDueOutboxes } from '@incidents/db/queries/find-due-outboxes';
import type { WokenOutbox } from '@incidents/db/queries/plan-deliveries';
import {
  type DeliveryRecord,
  type OutboxPause,
  recordDeliveries,
} from '@incidents/db/queries/record-deliveries';
import { isUnavailable } from '@incidents/db/unavailable';
import type { Logger } from '@incidents/runtime/logger';
import type { ChannelName, ChannelOf, ConfiguredChannel } from './channel.ts';
import { createChannelEngine } from './channel-engine.ts';

export interface OutboxEngineOptions {
  db: Db['kysely'];
  /** The worker pool that owns the outboxes; its lease has to be held. */
  poolId: string;
  channels: Record<ChannelName, ConfiguredChannel>;
  channelOf: ChannelOf;
  /** How long a delivery is tried. */
  maxAgeSeconds: number;
  logger: Logger;
}

/** Sends the deliveries of outboxes. */
export interface OutboxEngine {
  /** Looks into outboxes as soon as they are due. */
  wake(channel: ChannelName, outboxes: WokenOutbox[]): void;
  /**
   * Begins no further message and gives the outboxes up. Resolves when the messages under way have ended.
   * @param abortAfter milliseconds after which they are aborted
   */
  stop(abortAfter: number): Promise<void>;
}

/** Milliseconds between two looks for outboxes that are due: retries of other workers, and outboxes of dead ones. */
const POLL_INTERVAL_MS = 1_000;

/** Milliseconds between attempts to record results while the database is unavailable. */
const RECORD_RETRY_MS = 100;

/** Calls of `record` that share one statement. */
const MAX_RECORDS = 200;

const CHANNELS: ChannelName[] = ['email', 'telegram'];

/** Starts the engine. A planner, a timer or the poll wakes an outbox. */
export function startOutboxEngine(options: OutboxEngineOptions): OutboxEngine {
  const { db, poolId, logger } = options;
  const aborting = new AbortController();
  let isStopping = false;

  const record = createBatcher<{ records: DeliveryRecord[]; pause: OutboxPause | undefined }, void>(
    async (takeBatch) => {
      const batch = takeBatch();
      const records = batch.flatMap(({ item }) => item.records);
      const pauses = batch.flatMap(({ item }) => item.pause ?? []);
      for (;;) {
        try {
          await recordDeliveries(db, poolId, records, pauses);
          return batch.map(() => undefined);
        } catch (error) {
          // An unrecorded message would be sent twice.
          if (!isUnavailable(error) || aborting.signal.aborted) throw error;
          await sleep(RECORD_RETRY_MS);
        }
      }
    },
    { concurrency: 2, maxItems: MAX_RECORDS },
  );

  const engineOf = (name: ChannelName) =>
    createChannelEngine({
      name,
      db,
      poolId,
      mergesEvents: options.channels[name].channel.mergesEvents,
      channelOf: options.channelOf,
      record: (records, pause) => record({ records, pause }),
      maxAgeSeconds: options.maxAgeSeconds,
      isStopping: () => isStopping,
      signal: aborting.signal,
      logger,
    });
  const engines = { email: engineOf('email'), telegram: engineOf('telegram') };

  let polling: NodeJS.Timeout | undefined;
  let isPolling = Promise.resolve();
  const poll = async (): Promise<void> => {
    try {
      const channels = CHANNELS.filter((name) => engines[name].mayLook());
      const due = channels.length === 0 ? [] : await findDueOutboxes(db, poolId, channels);
      for (const { id, channel } of due) {
        if (!engines[channel].isDraining(id)) engines[channel].wakeIn(id, 0);
      }
    } catch (error) {
      logger.debug({ err: error }, 'outbox poll failed: the database does not answer');
    }
    if (!isStopping) polling = setTimeout(() => (isPolling = poll()), POLL_INTERVAL_MS);
  };
  isPolling = poll();

  return {
    wake(channel, outboxes) {
      for (const { id, dueInMs } of outboxes) engines[channel].wakeIn(id, dueInMs);
    },
    async stop(abortAfter) {
      isStopping = true;
      clearTimeout(polling);
      const abort = setTimeout(() => aborting.abort(), abortAfter);
      await isPolling;
      await Promise.all(CHANNELS.map((name) => engines[name].stop()));
      clearTimeout(abort);
    },
  };
}
