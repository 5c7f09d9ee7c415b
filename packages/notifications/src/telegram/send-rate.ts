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

/** Sends of so many milliseconds ago are taken for as many that follow. */
const RECENT_MS = 25;

/** A reserved send that begins later than this is given up for a new one: other workers count on its time. */
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
        // Counted from the reply on, so none is too early: the question was under way for a part of the time.
        const first = performance.now() + wait;
        for (let index = 0; index < count; index++) reserved.push(first + index * intervalMs);
      }
      recent.push(...batch.map(() => performance.now()));
      // A call for which nothing is left asks again.
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
