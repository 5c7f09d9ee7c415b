import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '@incidents/core/context';
import { type EventPosition, formatPosition, isLaterThan } from '@incidents/core/incident/event-position';
import { canContinue, readEvents, readLatestPosition } from '@incidents/core/incident/read-events';
import { createBatcher } from '@incidents/db/batcher';
import type { Logger } from '@incidents/runtime/logger';
import { createConcurrencyLimiter } from '../http/concurrency-limiter.ts';
import { createBatchCache } from './batch-cache.ts';
import { createEventBatches, createHeartbeat, createReset, type MessageBatch } from './message-batch.ts';

const POLL_INTERVAL_MS = 250;
const RETRY_INTERVAL_MS = 1_000;
const HEARTBEAT_INTERVAL_MS = 15_000;

/** After more events between two polls, streams continue with a reset. */
const MAX_EVENTS_PER_POLL = 10_000;

/** Of reads of missed events. Most connections of the pool stay free for requests. */
const READ_LIMITS = { maxInFlight: 2, queueTimeoutMs: 10_000, maxQueued: 2_000 };

/** Reads events for all event streams of the process. It polls only while there is a user. */
export interface EventFeed {
  /** Rejects when the database does not answer; each call that resolves is followed by a `leave`. */
  join(): Promise<void>;
  leave(): void;
  /** The newest position, between `join` and `leave`. */
  readonly position: EventPosition;
  /** Whether a client can continue after `position` without a reset. */
  canContinue(position: EventPosition): Promise<boolean>;
  /**
   * The batch after `position`, between `join` and `leave`. At the newest position it waits for the next one.
   * @throws HttpProblem overloaded, when too many reads wait
   */
  next(position: EventPosition): MessageBatch | Promise<MessageBatch>;
}

export function createEventFeed({ db, logger }: { db: Context['db']; logger: Logger }): EventFeed {
  let users = 0;
  let isPolling = false;
  let isFailing = false;
  let position: EventPosition | undefined;
  let upcoming = Promise.withResolvers<MessageBatch>();
  let heartbeatAt = 0;
  /** Of the polls, for clients that are a little behind. */
  const newest = createBatchCache();
  /** Of clients further behind. Apart, or else their reads would displace the newest. */
  const missed = createBatchCache();
  const limiter = createConcurrencyLimiter(READ_LIMITS);
  const shareRead = createSharedCalls<MessageBatch>();
  const shareCheck = createSharedCalls<boolean>();

  /** One poll for all waiting calls. Afterwards the feed has every event that was committed before the call. */
  const refresh = createBatcher<void, void>(
    async (takeBatch) => {
      const calls = takeBatch();
      await poll();
      return calls.map(() => undefined);
    },
    { concurrency: 1, maxItems: Number.POSITIVE_INFINITY },
  );

  async function poll(): Promise<void> {
    const latest = await readLatestPosition({ db });
    if (position === undefined) {
      position = latest;
      return;
    }
    // A failover may lose transactions, and a restored server counts its own.
    if (isLaterThan(position.seen, latest.seen)) return startAnew(latest);
    const batches: MessageBatch[] = [];
    let events = 0;
    let at = position;
    while (at.seen !== latest.seen) {
      const read = await readEvents({ db }, at, latest.seen);
      at = read.position;
      events += read.events.length;
      if (events > MAX_EVENTS_PER_POLL) return publish([createReset(latest)]);
      batches.push(...createEventBatches(read));
    }
    publish(batches);
  }

  /** The server reaches its earlier positions again, perhaps with other events. */
  function startAnew(latest: EventPosition): void {
    newest.clear();
    missed.clear();
    position = latest;
    wakeClients(createReset(latest));
  }

  function publish(batches: MessageBatch[]): void {
    const [first] = batches;
    if (position === undefined || first === undefined) return;
    newest.add(position, batches);
    position = batches.at(-1)?.position;
    wakeClients(first);
  }

  function wakeClients(batch: MessageBatch): void {
    const { resolve } = upcoming;
    upcoming = Promise.withResolvers();
    resolve(batch);
  }

  function sendHeartbeat(): void {
    if (position === undefined || performance.now() < heartbeatAt) return;
    heartbeatAt = performance.now() + HEARTBEAT_INTERVAL_MS;
    // Not kept: it does not move the position.
    wakeClients(createHeartbeat(position));
  }

  async function pollWhileUsed(): Promise<void> {
    isPolling = true;
    heartbeatAt = performance.now() + HEARTBEAT_INTERVAL_MS;
    for (;;) {
      await sleep(isFailing ? RETRY_INTERVAL_MS : POLL_INTERVAL_MS);
      if (users === 0) break;
      try {
        await refresh();
        isFailing = false;
      } catch (error) {
        if (!isFailing) logger.warn({ err: error }, 'event streams wait for the database');
        isFailing = true;
      }
      sendHeartbeat();
    }
    isPolling = false;
    position = undefined;
    newest.clear();
    missed.clear();
  }

  function currentPosition(): EventPosition {
    if (position === undefined) throw new Error('the feed has no user');
    return position;
  }

  async function readMissed(from: EventPosition): Promise<MessageBatch> {
    // Read here, because the feed may have advanced while this call waited.
    const until = currentPosition();
    if (isLaterThan(from.seen, until.seen)) return createReset(until);
    const batches = createEventBatches(await readEvents({ db }, from, until.seen));
    missed.add(from, batches);
    const [first] = batches;
    if (first === undefined) throw new Error('a read of events made no batch');
    return first;
  }

  const findBatch = (key: string) => newest.get(key) ?? missed.get(key);

  return {
    async join() {
      users += 1;
      try {
        if (position === undefined) await refresh();
      } catch (error) {
        users -= 1;
        throw error;
      }
      if (!isPolling) void pollWhileUsed();
    },
    leave() {
      users -= 1;
    },
    get position() {
      return currentPosition();
    },
    async canContinue(from) {
      const key = formatPosition(from);
      if (findBatch(key) !== undefined || key === formatPosition(currentPosition())) return true;
      // Another process may have sent events that this one has not read yet.
      await refresh();
      return shareCheck(key, () => limiter.run(() => canContinue({ db }, from, currentPosition().seen)));
    },
    next(from) {
      const key = formatPosition(from);
      const batch = findBatch(key);
      if (batch !== undefined) return batch;
      if (key === formatPosition(currentPosition())) return upcoming.promise;
      return shareRead(key, () => limiter.run(() => readMissed(from)));
    },
  };
}

/** Calls with equal keys share one run while it is under way. */
function createSharedCalls<Result>() {
  const calls = new Map<string, Promise<Result>>();
  return (key: string, run: () => Promise<Result>): Promise<Result> => {
    const underWay = calls.get(key);
    if (underWay !== undefined) return underWay;
    const call = run().finally(() => calls.delete(key));
    calls.set(key, call);
    return call;
  };
}
