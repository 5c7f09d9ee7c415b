import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '@incidents/core/context';
import { type EventPosition, isLaterThan } from '@incidents/core/incident/event-position';
import { type ReadEvent, readEvents, readLatestPosition } from '@incidents/core/incident/read-events';
import type { Logger } from '@incidents/runtime/logger';

const POLL_INTERVAL_MS = 250;
const RETRY_INTERVAL_MS = 1_000;

/** Bounds the feed's memory. After more events between two polls, readers start with a reset. */
const MAX_EVENTS_PER_POLL = 10_000;

interface FeedReader {
  onEvents(events: ReadEvent[]): void;
  /** Events between the reader's last one and `position` are left out. */
  onReset(position: EventPosition): void;
}

/** Reads new events for all event streams of the process. It polls only while there is a user. */
export interface EventFeed {
  /** Rejects when the database does not answer; each call that resolves is followed by a `leave`. */
  join(): Promise<void>;
  leave(): void;
  /** Of the feed, between `join` and `leave`. */
  readonly position: EventPosition;
}

export function createEventFeed(
  { db, logger }: { db: Context['db']; logger: Logger },
  { onEvents, onReset }: FeedReader,
): EventFeed {
  let users = 0;
  let position: EventPosition | undefined;
  let isPolling = false;
  let isFailing = false;

  async function poll(): Promise<void> {
    const began = position;
    if (began === undefined) return;
    const latest = await readLatestPosition({ db });
    // A failover may lose transactions, and a restored server counts its own.
    if (isLaterThan(began.seen, latest.seen)) return reset(latest);
    const events: ReadEvent[] = [];
    let at = began;
    while (at.seen !== latest.seen) {
      const batch = await readEvents({ db }, at, latest.seen);
      events.push(...batch.events);
      at = batch.position;
      if (events.length > MAX_EVENTS_PER_POLL) return reset(latest);
    }
    position = latest;
    if (events.length > 0) onEvents(events);
  }

  function reset(latest: EventPosition): void {
    position = latest;
    onReset(latest);
  }

  async function pollWhileUsed(): Promise<void> {
    isPolling = true;
    while (users > 0) {
      try {
        await poll();
        isFailing = false;
      } catch (error) {
        if (!isFailing) logger.warn({ err: error }, 'event streams wait for the database');
        isFailing = true;
      }
      await sleep(isFailing ? RETRY_INTERVAL_MS : POLL_INTERVAL_MS);
    }
    isPolling = false;
    position = undefined;
  }

  return {
    async join() {
      const latest = position ?? (await readLatestPosition({ db }));
      position ??= latest;
      users += 1;
      if (!isPolling) void pollWhileUsed();
    },
    leave() {
      users -= 1;
    },
    get position() {
      if (position === undefined) throw new Error('the feed has no user');
      return position;
    },
  };
}
