import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Redis } from '../redis.ts';
import { HttpProblem } from './problem.ts';
import { type Count, toCount } from './request-count.ts';
import { createSharedLimit } from './shared-limit.ts';

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

type Remaining = Pick<Count, 'remainingPoints' | 'msBeforeNext'>;

/** draft-ietf-httpapi-ratelimit-headers-11: quota and window, then the remainder and the seconds until it is whole. */
const rateLimitHeaders = (
  name: RateLimitName,
  quota: number,
  { remainingPoints, msBeforeNext }: Remaining,
) => ({
  'RateLimit-Policy': `"${name}";q=${quota};w=${WINDOW_SECONDS}`,
  RateLimit: `"${name}";r=${remainingPoints};t=${toSeconds(msBeforeNext)}`,
});

const rateLimited = (name: RateLimitName, quota: number, { msBeforeNext }: Pick<Count, 'msBeforeNext'>) =>
  new HttpProblem(
    'rate_limited',
    {},
    {
      ...rateLimitHeaders(name, quota, { remainingPoints: 0, msBeforeNext }),
      'Retry-After': String(toSeconds(msBeforeNext)),
    },
  );

const toSeconds = (milliseconds: number) => Math.max(1, Math.ceil(milliseconds / 1000));
