import { createBatcher } from '@incidents/db/batcher';
import { LRUCache } from 'lru-cache';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Redis } from '../redis.ts';
import { type Count, toCount } from './request-count.ts';

/** A process accepts one of ten remaining requests early, before Redis has counted it. */
const EARLY_SHARE = 10;

/** Milliseconds for which a count of Redis is used, as other processes go on counting. */
const MAX_COUNT_AGE_MS = 1_000;

/** Milliseconds from the first early request until the count of the early ones is sent. */
const SEND_DELAY_MS = 50;

const MAX_CALLERS = 10_000;

/** What this process knows of a caller. Times are Unix times in milliseconds. */
interface CallerCount {
  /** Requests that it has left, by the last reply of Redis. */
  remaining: number;
  windowEndsAt: number;
  /** When `remaining` becomes too old. */
  isCurrentUntil: number;
  /** Requests that were accepted early and that Redis has not counted yet. */
  early: number;
  /** Those of `early` that were not sent to Redis yet. */
  unsent: number;
}

/**
 * Counts the requests of all processes in Redis. A request waits for Redis when its caller is new or has used most of its
 * quota; others are accepted early. When all of them waited, it cost 10 to 15 % of the lists per second.
 * Up to ten processes accept no more than the quota together (docs/adr/0007-redis-may-be-lost.md).
 * @returns a function that counts one request; it resolves to undefined while Redis is unavailable
 */
export function createSharedLimit(redis: Redis, name: string, limit: { points: number; duration: number }) {
  const redisLimiter = new RateLimiterRedis({
    ...limit,
    storeClient: redis.connection,
    keyPrefix: `limit:${name}`,
    // Beyond the limit the process refuses from memory: a flood must not reach Redis.
    inMemoryBlockOnConsumed: limit.points + 1,
  });
  const callers = new LRUCache<string, CallerCount>({ max: MAX_CALLERS });

  function findCaller(key: string): CallerCount {
    let caller = callers.get(key);
    if (caller === undefined) {
      caller = { remaining: 0, windowEndsAt: 0, isCurrentUntil: 0, early: 0, unsent: 0 };
      callers.set(key, caller);
    }
    return caller;
  }

  /**
   * Counts the early requests first, then `waiting` others.
   * @returns a count for each of the others
   */
  async function count(key: string, waiting: number): Promise<Count[]> {
    const caller = findCaller(key);
    const sent = caller.unsent;
    const requests = sent + waiting;
    if (requests === 0) return [];
    caller.unsent = 0;
    try {
      const { consumedPoints, ...total } = await redis.tryCommand(() =>
        toCount(redisLimiter.consume(key, requests)),
      );
      const now = Date.now();
      caller.remaining = total.remainingPoints;
      caller.windowEndsAt = now + total.msBeforeNext;
      caller.isCurrentUntil = Math.min(caller.windowEndsAt, now + MAX_COUNT_AGE_MS);
      return Array.from({ length: waiting }, (_, index) => {
        const remainingPoints = limit.points - consumedPoints + waiting - index - 1;
        // A refusal from memory carries no count.
        const isRefused = remainingPoints < 0 || (total.isRefused && consumedPoints === 0);
        return { ...total, isRefused, remainingPoints: isRefused ? 0 : remainingPoints };
      });
    } finally {
      caller.early -= sent;
    }
  }

  function countEarly(key: string): Count | undefined {
    const caller = findCaller(key);
    const now = Date.now();
    if (now >= caller.isCurrentUntil || (caller.early + 1) * EARLY_SHARE > caller.remaining) return undefined;
    caller.early += 1;
    caller.unsent += 1;
    // Without this count Redis grants a little more; this process has counted the requests itself.
    if (caller.unsent === 1) setTimeout(() => count(key, 0).catch(() => {}), SEND_DELAY_MS);
    return {
      isRefused: false,
      remainingPoints: caller.remaining - caller.early,
      msBeforeNext: caller.windowEndsAt - now,
    };
  }

  /** Requests that arrive at the same time share one command per key. */
  const countInTurn = createBatcher<string, Count | undefined>(
    async (takeBatch) => {
      const keys = takeBatch().map(({ item }) => item);
      const countsPerKey = await Promise.all(
        [...Map.groupBy(keys, (key) => key)].map(async ([key, { length }]) => {
          const counts = await count(key, length).catch(() => []);
          return [key, counts.values()] as const;
        }),
      );
      const countsByKey = new Map(countsPerKey);
      return keys.map((key) => countsByKey.get(key)?.next().value);
    },
    { concurrency: 2, maxItems: 1_000 },
  );

  return async (key: string): Promise<Count | undefined> => {
    if (!redis.isAvailable) return undefined;
    return countEarly(key) ?? countInTurn(key).catch(() => undefined);
  };
}
