import { createBatcher } from '@incidents/db/batcher';
import type { Db } from '@incidents/db/client';
import { type ClaimedOutbox, claimDeliveries } from '@incidents/db/queries/delivery/claim-deliveries';
import { isUnavailable } from '@incidents/db/unavailable';
import type { Logger } from '@incidents/runtime/logger';
import type { ChannelName, FindChannel } from './channel.ts';
import { createChannelPause } from './channel-pause.ts';
import { type DrainOptions, drainOutbox } from './drain-outbox.ts';

export interface ChannelEngine {
  /** Drains an outbox after `dueInMs`. The poll finds it after delays over `MAX_TIMER_MS`. */
  wakeOutbox(outboxId: number, dueInMs: number): void;
  /** Whether the poll may find outboxes of this channel: not while it is paused. */
  canPoll(): boolean;
  isDraining(outboxId: number): boolean;
  stop(): Promise<void>;
}

const MAX_CONCURRENT_DRAINS = 50;

const MAX_TIMER_MS = 60_000;

/** A digest claims up to 100 deliveries: a statement with more outboxes may reach its time limit. */
const MAX_CLAIMS_PER_STATEMENT = 20;

/** Creates the engine of one channel. A server that hangs delays no other channel. */
export function createChannelEngine(
  options: Pick<DrainOptions, 'record' | 'maxAgeSeconds' | 'isStopping' | 'signal'> & {
    name: ChannelName;
    db: Db['kysely'];
    poolId: string;
    mergesEvents: boolean;
    findChannel: FindChannel;
    logger: Logger;
  },
): ChannelEngine {
  const { name, db, poolId, mergesEvents, logger } = options;
  const pause = createChannelPause(() => {
    logger.info({ channel: name }, 'the channel is no longer paused');
    startDrains();
  });
  const due = new Set<number>();
  const draining = new Map<number, Promise<void>>();
  const wakeTimers = new Map<number, NodeJS.Timeout>();
  let probeTimer: NodeJS.Timeout | undefined;

  const claim = createBatcher<{ outboxId: number; limit: number }, ClaimedOutbox>(
    async (takeBatch) => {
      const batch = takeBatch();
      return claimDeliveries(
        db,
        batch.map(({ item }) => item),
        { poolId, mergesEvents },
      );
    },
    { concurrency: 2, maxItems: MAX_CLAIMS_PER_STATEMENT },
  );

  const drain = async (outboxId: number): Promise<void> => {
    try {
      const dueInMs = await drainOutbox({
        outboxId,
        pause,
        claim: (maxMessages) => claim({ outboxId, limit: maxMessages }),
        record: options.record,
        findChannel: (transport) => options.findChannel({ channel: name, transport }),
        maxAgeSeconds: options.maxAgeSeconds,
        isStopping: options.isStopping,
        signal: options.signal,
        logger,
      });
      if (dueInMs !== null) wakeOutbox(outboxId, dueInMs);
    } catch (error) {
      // This pool still owns the outbox, so the next poll finds it.
      logger[chooseLogLevel(error)]({ err: error, outbox_id: outboxId }, 'outbox drain failed');
    } finally {
      draining.delete(outboxId);
      startDrains();
    }
  };

  function startDrains(): void {
    if (options.isStopping()) return;
    const pausedForMs = pause.remainingMs();
    if (pausedForMs > 0) {
      probeTimer ??= setTimeout(() => {
        probeTimer = undefined;
        startDrains();
      }, pausedForMs);
      return;
    }
    const maxDrains = pause.isPaused() ? 1 : MAX_CONCURRENT_DRAINS;
    for (const outboxId of due) {
      if (draining.size >= maxDrains) return;
      if (draining.has(outboxId)) continue;
      due.delete(outboxId);
      draining.set(outboxId, drain(outboxId));
    }
  }

  function wakeOutbox(outboxId: number, dueInMs: number): void {
    clearTimeout(wakeTimers.get(outboxId));
    wakeTimers.delete(outboxId);
    if (options.isStopping()) return;
    if (dueInMs <= 0) {
      due.add(outboxId);
      startDrains();
      return;
    }
    if (dueInMs > MAX_TIMER_MS) return;
    wakeTimers.set(
      outboxId,
      setTimeout(() => wakeOutbox(outboxId, 0), dueInMs),
    );
  }

  return {
    wakeOutbox,
    canPoll: () => pause.remainingMs() === 0,
    isDraining: (outboxId) => draining.has(outboxId),
    async stop() {
      clearTimeout(probeTimer);
      for (const timer of wakeTimers.values()) clearTimeout(timer);
      await Promise.all(draining.values());
    },
  };
}

/** SQLSTATE of a statement that exceeded its time limit; no other component logs it. */
const QUERY_CANCELED = '57014';

function chooseLogLevel(error: unknown): 'debug' | 'warn' | 'error' {
  if (error instanceof Error && 'code' in error && error.code === QUERY_CANCELED) return 'warn';
  // The runner logs that the database is unavailable.
  return isUnavailable(error) ? 'debug' : 'error';
}
