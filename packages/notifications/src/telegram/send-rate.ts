import { setTimeout as sleep } from 'node:timers/promises';
import { createBatcher } from '@incidents/db/batcher';
import type { Db } from '@incidents/db/client';
import { reserveSends } from '@incidents/db/queries/reserve-sends';

/** Paces what all workers send together. */
export interface SendRate {
  /**
   * Resolves when the caller may send, which it has to do at once.
   * @throws AbortError when `signal` is aborted meanwhile
   */
  next(signal: AbortSignal): Promise<void>;
}

/** Sends that are reserved in one statement, at most. */
const MAX_RESERVED = 10;

/** The number of sends in this period predicts the next batch. */
const RECENT_MS = 25;

/** A later reservation is dropped: its time overlaps that of another worker. */
const MAX_LATENESS_MS = 80;

/** Spaces sends `intervalMs` apart, over all workers; the clock is the database's. */
export function createSendRate(db: Db['kysely'], scope: string, intervalMs: number): SendRate {
  /** Times of sends that are reserved and not yet given out, by `performance.now()`. */
  let reserved: number[] = [];
  let recent: number[] = [];

  const take = createBatcher<void, number>(
    async (takeBatch) => {
      const batch = takeBatch();
      const now = performance.now();
      reserved = reserved.filter((at) => now - at <= MAX_LATENESS_MS);
      recent = recent.filter((at) => now - at <= RECENT_MS);
      if (reserved.length < batch.length) {
        const count = Math.min(MAX_RESERVED, Math.max(batch.length - reserved.length, recent.length));
        const wait = await reserveSends(db, scope, count, intervalMs);
        // Counted from the reply: query time can only delay a send.
        const first = performance.now() + wait;
        for (let index = 0; index < count; index++) reserved.push(first + index * intervalMs);
      }
      recent.push(...batch.map(() => performance.now()));
      // Without a reservation, next() loops.
      return batch.map(() => reserved.shift() ?? Number.NEGATIVE_INFINITY);
    },
    { concurrency: 1, maxItems: MAX_RESERVED },
  );
  return {
    async next(signal) {
      for (;;) {
        signal.throwIfAborted();
        const at = await take();
        const wait = at - performance.now();
        if (wait > 0) await sleep(wait, undefined, { signal });
        if (performance.now() - at <= MAX_LATENESS_MS) return;
      }
    },
  };
}
