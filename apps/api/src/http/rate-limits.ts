import { createBatcher } from '@incidents/db/batcher';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Redis } from '../redis.ts';
import { HttpProblem } from './problem.ts';

/** From the first request of a key on. */
const WINDOW_SECONDS = 60;

/** Requests per window and key; 0: unlimited. */
export interface RateLimitQuotas {
  reads: number;
  writes: number;
}

export type RateLimitName = keyof RateLimitQuotas;

export interface RateLimits {
  /**
   * @throws HttpProblem rate_limited
   */
  consume(key: string, name: RateLimitName): Promise<Record<string, string>>;
}

/** Without `redis` each process counts alone. */
export function createRateLimits({ redis, ...quotas }: RateLimitQuotas & { redis?: Redis }): RateLimits {
  const rateLimits = {
    reads: createRateLimit('reads', quotas.reads, redis),
    writes: createRateLimit('writes', quotas.writes, redis),
  };
  return {
    consume: (key, name) => rateLimits[name](key),
  };
}

/** This process and Redis count. Either count can refuse, so an unavailable or flushed Redis grants no new quota in this process. */
function createRateLimit(name: RateLimitName, quota: number, redis: Redis | undefined) {
  if (quota === 0) return async () => ({});

  const limit = { points: quota, duration: WINDOW_SECONDS };
  const processLimiter = new RateLimiterMemory(limit);
  const consumeShared = redis && createSharedLimit(redis, name, limit);

  return async (key: string): Promise<Record<string, string>> => {
    const own = await toCount(processLimiter.consume(key));
    if (own.isRefused) throw rateLimited(name, quota, own);
    const shared = await consumeShared?.(key);
    if (shared === undefined) return rateLimitHeaders(name, quota, own);
    if (shared.isRefused) {
      // The process counts accepted requests only, else it would refuse beyond the end of Redis's window.
      await processLimiter.reward(key);
      throw rateLimited(name, quota, shared);
    }
    return rateLimitHeaders(name, quota, shared.remainingPoints < own.remainingPoints ? shared : own);
  };
}

/** Counts in Redis; the returned function resolves to undefined while Redis is unavailable. */
function createSharedLimit(redis: Redis, name: RateLimitName, limit: { points: number; duration: number }) {
  const redisLimiter = new RateLimiterRedis({
    ...limit,
    storeClient: redis.connection,
    keyPrefix: `limit:${name}`,
    // Beyond the limit the process refuses from memory: a flood must not reach Redis.
    inMemoryBlockOnConsumed: limit.points + 1,
  });
  const consumeMany = async (key: string, requests: number): Promise<Count[]> => {
    const { consumedPoints, ...count } = await redis.tryCommand(() =>
      toCount(redisLimiter.consume(key, requests)),
    );
    const before = consumedPoints - requests;
    return Array.from({ length: requests }, (_, index) => {
      const remainingPoints = limit.points - before - index - 1;
      // A refusal from memory carries no count.
      const isRefused = remainingPoints < 0 || (count.isRefused && consumedPoints === 0);
      return { ...count, consumedPoints, isRefused, remainingPoints: isRefused ? 0 : remainingPoints };
    });
  };
  /** Requests that arrive at the same time share one command per key. */
  const consumeOne = createBatcher<string, Count | undefined>(
    async (takeBatch) => {
      const keys = takeBatch().map(({ item }) => item);
      const countsPerKey = await Promise.all(
        [...Map.groupBy(keys, (key) => key)].map(async ([key, { length }]) => {
          const counts = await consumeMany(key, length).catch(() => []);
          return [key, counts.values()] as const;
        }),
      );
      const countsByKey = new Map(countsPerKey);
      return keys.map((key) => countsByKey.get(key)?.next().value);
    },
    { concurrency: 2, maxItems: 1_000 },
  );
  return async (key: string): Promise<Count | undefined> =>
    redis.isAvailable ? consumeOne(key).catch(() => undefined) : undefined;
}

interface Count extends Remaining {
  isRefused: boolean;
  consumedPoints: number;
}

async function toCount(consumed: Promise<RateLimiterRes>): Promise<Count> {
  try {
    const { remainingPoints, msBeforeNext, consumedPoints } = await consumed;
    return { remainingPoints, msBeforeNext, consumedPoints, isRefused: false };
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    const { msBeforeNext, consumedPoints } = refused;
    return { remainingPoints: 0, msBeforeNext, consumedPoints, isRefused: true };
  }
}

type Remaining = Pick<RateLimiterRes, 'remainingPoints' | 'msBeforeNext'>;

/** draft-ietf-httpapi-ratelimit-headers-11: quota and window, then the remainder and the seconds until it is whole. */
const rateLimitHeaders = (
  name: RateLimitName,
  quota: number,
  { remainingPoints, msBeforeNext }: Remaining,
) => ({
  'RateLimit-Policy': `"${name}";q=${quota};w=${WINDOW_SECONDS}`,
  RateLimit: `"${name}";r=${remainingPoints};t=${toSeconds(msBeforeNext)}`,
});

const rateLimited = (name: RateLimitName, quota: number, { msBeforeNext }: Pick<Remaining, 'msBeforeNext'>) =>
  new HttpProblem(
    'rate_limited',
    {},
    {
      ...rateLimitHeaders(name, quota, { remainingPoints: 0, msBeforeNext }),
      'Retry-After': String(toSeconds(msBeforeNext)),
    },
  );

const toSeconds = (milliseconds: number) => Math.max(1, Math.ceil(milliseconds / 1000));
