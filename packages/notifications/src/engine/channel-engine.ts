import { createBatcher } from '@incidents/db/batcher';
import type { Db } from '@incidents/db/client';
import { type TakenOutbox, takeDeliveries } from '@incidents/db/queries/take-deliveries';
import { isUnavailable } from '@incidents/db/unavailable';
import type { Logger } from '@incidents/runtime/logger';
import type { ChannelName, ChannelOf } from './channel.ts';
import { createChannelPause } from './channel-pause.ts';
import { type DrainOptions, drainOutbox } from './drain-outbox.ts';

/** The part of the engine that empties the outboxes of one channel. */
export interface ChannelEngine {
  /** Drains an outbox after `dueInMs`. The poll handles delays over `MAX_TIMER_MS`. */
  wakeIn(outboxId: number, dueInMs: number): void;
  /** Whether outboxes are to be looked for: not while the channel pauses. */
  mayLook(): boolean;
  isDraining(outboxId: number): boolean;
  /** Resolves when the messages under way have ended. */
  stop(): Promise<void>;
}

/** Outboxes that are emptied at a time. */
const MAX_DRAINS = 50;

/** Longest timer for one outbox, in milliseconds. */
const MAX_TIMER_MS = 60_000;

/** Outboxes that one statement takes from. */
const MAX_TAKES = 100;

/** Each channel has its own, so a server that hangs holds up no other channel. */
export function createChannelEngine(
  options: Pick<DrainOptions, 'record' | 'maxAgeSeconds' | 'isStopping' | 'signal'> & {
    name: ChannelName;
    db: Db['kysely'];
    poolId: string;
    mergesEvents: boolean;
    channelOf: ChannelOf;
    logger: Logger;
  },
): ChannelEngine {
  const { name, db, poolId, mergesEvents, logger } = options;
  const pause = createChannelPause(() => {
    logger.info({ channel: name }, 'the server takes messages again');
    pump();
  });
  const ready = new Set<number>();
  const draining = new Map<number, Promise<void>>();
  const timers = new Map<number, NodeJS.Timeout>();
  let probe: NodeJS.Timeout | undefined;

  const take = createBatcher<{ outboxId: number; limit: number }, TakenOutbox>(
    async (takeBatch) => {
      const batch = takeBatch();
      return takeDeliveries(
        db,
        batch.map(({ item }) => item),
        { poolId, mergesEvents },
      );
    },
    { concurrency: 2, maxItems: MAX_TAKES },
  );

  const drain = async (outboxId: number): Promise<void> => {
    try {
      const dueInMs = await drainOutbox({
        outboxId,
        pause,
        take: (limit) => take({ outboxId, limit }),
        record: options.record,
        channelOf: (transport) => options.channelOf({ channel: name, transport }),
        maxAgeSeconds: options.maxAgeSeconds,
        isStopping: options.isStopping,
        signal: options.signal,
        logger,
      });
      if (dueInMs !== null) wakeIn(outboxId, dueInMs);
    } catch (error) {
      // This pool still owns the outbox, so the next poll finds it.
      logger[levelOf(error)]({ err: error, outbox_id: outboxId }, 'outbox drain failed');
    } finally {
      draining.delete(outboxId);
      pump();
    }
  };

  /** Starts to empty outboxes: as many as are allowed, or one as a probe while the channel pauses. */
  function pump(): void {
    if (options.isStopping()) return;
    const remaining = pause.remainingMs();
    if (remaining > 0) {
      probe ??= setTimeout(() => {
        probe = undefined;
        pump();
      }, remaining);
      return;
    }
    const most = pause.isPaused() ? 1 : MAX_DRAINS;
    for (const outboxId of ready) {
      if (draining.size >= most) return;
      if (draining.has(outboxId)) continue;
      ready.delete(outboxId);
      draining.set(outboxId, drain(outboxId));
    }
  }

  function wakeIn(outboxId: number, dueInMs: number): void {
    clearTimeout(timers.get(outboxId));
    timers.delete(outboxId);
    if (options.isStopping()) return;
    if (dueInMs <= 0) {
      ready.add(outboxId);
      pump();
      return;
    }
    // The poll finds later ones.
    if (dueInMs > MAX_TIMER_MS) return;
    timers.set(
      outboxId,
      setTimeout(() => wakeIn(outboxId, 0), dueInMs),
    );
  }

  return {
    wakeIn,
    mayLook: () => pause.remainingMs() === 0,
    isDraining: (outboxId) => draining.has(outboxId),
    async stop() {
      clearTimeout(probe);
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(draining.values());
    },
  };
}

/** SQLSTATE `query_canceled`: a statement took longer than its limit, which nothing else logs. */
const CANCELED = '57014';

/** The runner logs that the database is away. */
function levelOf(error: unknown): 'debug' | 'warn' | 'error' {
  if (error instanceof Error && 'code' in error && error.code === CANCELED) return 'warn';
  return isUnavailable(error) ? 'debug' : 'error';
}
