import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '@incidents/db/client';
import {
  createSendSlots,
  exchangeSendSlots,
  type SendSlot,
} from '@incidents/db/queries/telegram/exchange-send-slots';

export interface SendLimiter {
  /**
   * Calls `send` when a send slot is free. The limit is that of all workers together.
   * @throws AbortError when `signal` is aborted before
   */
  run<Result>(signal: AbortSignal, send: () => Promise<Result>): Promise<Result>;
  /** Returns all slots, after the last call. Other workers would miss them until their hold ends. */
  close(): Promise<void>;
}

const PERIOD_MS = 1_000;

const MAX_SLOTS_PER_STATEMENT = 10;

/** The number of sends in this period predicts the next ones. */
const RECENT_MS = 25;

/** A taken slot is returned when it is not used within this time. */
const MAX_UNUSED_MS = 250;

/** Slots of this time are returned by one statement. It is shorter than the period, so no slot is free later. */
const RETURN_INTERVAL_MS = 250;

/** Bounds the wait for a free slot: another worker may return one at any time. */
const MIN_WAIT_MS = 5;
const MAX_WAIT_MS = 100;

/** Added to the longest send: another worker must not take the slot of a send that is under way. */
const HOLD_MARGIN_MS = 5_000;

/** An older slot is not used: its hold must last until a second after the reply. */
const MAX_AGE_MS = HOLD_MARGIN_MS - 2 * PERIOD_MS;

/**
 * A message arrives between its start and its reply. A slot is taken before the start and free one second after
 * the reply. So no second at the server has more messages than there are slots, however late they arrive.
 */
export function createSendLimiter(
  db: Db['kysely'],
  { perSecond, maxSendMs }: { perSecond: number; maxSendMs: number },
): SendLimiter {
  const waiting = new Set<PromiseWithResolvers<SendSlot>>();
  let unused: (SendSlot & { takenAt: number })[] = [];
  let used: (SendSlot & { freeAt: number })[] = [];
  let recent: number[] = [];
  let isTaking = false;
  let taking = Promise.resolve();
  let areSlotsCreated = false;
  let lastTaken = 0;
  let isReturning = false;

  /** @returns milliseconds until a slot is free, when it took none */
  async function exchange(count: number): Promise<number> {
    if (!areSlotsCreated) await createSendSlots(db, perSecond);
    areSlotsCreated = true;
    const takenAt = performance.now();
    const returned = used;
    used = [];
    try {
      const { taken, waitMs } = await exchangeSendSlots(db, {
        total: perSecond,
        returned: returned.map(({ freeAt, ...slot }) => ({
          ...slot,
          freeInMs: Math.max(0, freeAt - takenAt),
        })),
        count,
        after: lastTaken,
        holdMs: maxSendMs + HOLD_MARGIN_MS,
      });
      unused.push(...taken.map((slot) => ({ ...slot, takenAt })));
      lastTaken = taken.at(-1)?.number ?? lastTaken;
      areSlotsCreated = taken.length > 0 || waitMs !== null;
      return waitMs ?? 0;
    } catch (error) {
      // If the statement took effect all the same, a second return has none: `heldUntil` differs.
      used.push(...returned);
      throw error;
    }
  }

  function returnUnused(olderThanMs: number): void {
    const now = performance.now();
    const late = unused.filter(({ takenAt }) => now - takenAt > olderThanMs);
    if (late.length === 0) return;
    unused = unused.filter((slot) => !late.includes(slot));
    used.push(...late.map((slot) => ({ ...slot, freeAt: now })));
  }

  function returnLater(): void {
    if (isReturning) return;
    isReturning = true;
    setTimeout(async () => {
      returnUnused(MAX_UNUSED_MS);
      if (used.length > 0) await exchange(0).catch(() => {});
      isReturning = false;
      if (used.length > 0 || unused.length > 0) returnLater();
    }, RETURN_INTERVAL_MS).unref();
  }

  /** One statement at a time; callers get slots in the order of their calls. */
  async function takeSlots(): Promise<void> {
    isTaking = true;
    try {
      while (waiting.size > 0) {
        returnUnused(MAX_UNUSED_MS);
        if (unused.length === 0) {
          const now = performance.now();
          recent = recent.filter((at) => now - at <= RECENT_MS);
          const waitMs = await exchange(
            Math.min(MAX_SLOTS_PER_STATEMENT, Math.max(waiting.size, recent.length)),
          );
          // The process may have stood still during the statement.
          returnUnused(MAX_AGE_MS);
          if (unused.length === 0) await sleep(Math.min(MAX_WAIT_MS, Math.max(MIN_WAIT_MS, waitMs)));
        }
        for (const caller of waiting) {
          const slot = unused.shift();
          if (slot === undefined) break;
          recent.push(performance.now());
          waiting.delete(caller);
          caller.resolve(slot);
        }
      }
    } catch (error) {
      for (const caller of waiting) caller.reject(error);
      waiting.clear();
    } finally {
      isTaking = false;
      if (unused.length > 0) returnLater();
    }
  }

  async function acquire(signal: AbortSignal): Promise<SendSlot> {
    signal.throwIfAborted();
    const caller = Promise.withResolvers<SendSlot>();
    const abort = () => {
      if (waiting.delete(caller)) caller.reject(signal.reason);
    };
    signal.addEventListener('abort', abort);
    waiting.add(caller);
    if (!isTaking) taking = takeSlots();
    try {
      return await caller.promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  return {
    async run(signal, send) {
      const slot = await acquire(signal);
      try {
        return await send();
      } finally {
        used.push({ ...slot, freeAt: performance.now() + PERIOD_MS });
        returnLater();
      }
    },
    async close() {
      await taking;
      returnUnused(0);
      if (used.length > 0) await exchange(0).catch(() => {});
    },
  };
}
