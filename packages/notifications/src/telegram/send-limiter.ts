import { setTimeout as sleep } from 'node:timers/promises';
import { createBatcher } from '@incidents/db/batcher';
import type { Db } from '@incidents/db/client';
import { reserveSends } from '@incidents/db/queries/telegram/reserve-sends';

export interface SendLimiter {
  /**
   * Resolves when the caller may send. It must send at once.
   * @throws AbortError when `signal` is aborted meanwhile
   */
  acquire(signal: AbortSignal): Promise<void>;
}

const MAX_RESERVATIONS_PER_STATEMENT = 10;

/** The number of sends in this period predicts the next batch. */
const RECENT_MS = 25;

/** A later reservation is dropped: its time overlaps that of another worker. */
const MAX_LATENESS_MS = 80;

/** Creates a limiter that spaces sends `intervalMs` apart, by the clock of the database. */
export function createSendLimiter(db: Db['kysely'], scope: string, intervalMs: number): SendLimiter {
  let reserved: number[] = [];
  let recent: number[] = [];

  const takeReservation = createBatcher<void, number>(
    async (takeBatch) => {
      const batch = takeBatch();
      const now = performance.now();
      reserved = reserved.filter((at) => now - at <= MAX_LATENESS_MS);
      recent = recent.filter((at) => now - at <= RECENT_MS);
      if (reserved.length < batch.length) {
        const count = Math.min(
          MAX_RESERVATIONS_PER_STATEMENT,
          Math.max(batch.length - reserved.length, recent.length),
        );
        const waitMs = await reserveSends(db, scope, count, intervalMs);
        // Counted from the reply: the time of the query can only delay a send.
        const first = performance.now() + waitMs;
        for (let index = 0; index < count; index++) reserved.push(first + index * intervalMs);
      }
      recent.push(...batch.map(() => performance.now()));
      // Without a reservation, acquire() loops.
      return batch.map(() => reserved.shift() ?? Number.NEGATIVE_INFINITY);
    },
    { concurrency: 1, maxItems: MAX_RESERVATIONS_PER_STATEMENT },
  );
  return {
    async acquire(signal) {
      for (;;) {
        signal.throwIfAborted();
        const at = await takeReservation();
        const waitMs = at - performance.now();
        if (waitMs > 0) await sleep(waitMs, undefined, { signal });
        if (performance.now() - at <= MAX_LATENESS_MS) return;
      }
    },
  };
}
