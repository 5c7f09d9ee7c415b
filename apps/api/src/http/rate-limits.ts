import { createBatcher } from '@incidents/db/batcher';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Redis } from '../redis.ts';
import { HttpProblem } from './problem.ts';

/** Seconds in which a budget can be used up, counted from the first request in them. */
const WINDOW = 60;

/** Most requests per minute and caller; 0: as many as they like. */
export interface RateLimitQuotas {
  reads: number;
  writes: number;
}

export type Budget = keyof RateLimitQuotas;

export interface RateLimits {
  /**
   * Counts one request.
   * @returns the headers of its reply, whatever becomes of it
   * @throws HttpProblem rate_limited, when the budget is used up
   */
  charge(caller: string, budget: Budget): Promise<Record<string, string>>;
}

/** @param redis where the processes count together; without it each counts for itself */
export function createRateLimits({ redis, ...quotas }: RateLimitQuotas & { redis?: Redis }): RateLimits {
  const budgets = {
    reads: createBudget('reads', quotas.reads, redis),
    writes: createBudget('writes', quotas.writes, redis),
  };
  return {
    charge: (caller, budget) => budgets[budget](caller),
  };
}

/**
 * Every process counts what it lets through itself, and Redis what all of them do; whichever is used up refuses. So a
 * Redis that is away, or has forgotten everything, grants no new budget of this process.
 */
function createBudget(name: string, quota: number, redis: Redis | undefined) {
  if (quota === 0) return async () => ({});

  const limit = { points: quota, duration: WINDOW };
  const here = new RateLimiterMemory(limit);
  const countTogether = redis && togetherOver(redis, name, limit);

  return async (caller: string): Promise<Record<string, string>> => {
    const counted = await countOf(here.consume(caller));
    if (counted.isRefused) throw refusal(name, quota, counted);
    const together = await countTogether?.(caller);
    if (together === undefined) return headersOf(name, quota, counted);
    if (together.isRefused) {
      // Not let through, so not counted here; else this process would go on refusing beyond the end that it names.
      await here.reward(caller);
      throw refusal(name, quota, together);
    }
    return headersOf(name, quota, together.remainingPoints < counted.remainingPoints ? together : counted);
  };
}

/** Counts what all processes let through; undefined while Redis is away. */
function togetherOver(redis: Redis, name: string, limit: { points: number; duration: number }) {
  const everywhere = new RateLimiterRedis({
    ...limit,
    storeClient: redis.connection,
    keyPrefix: `limit:${name}`,
    // Beyond the limit the process refuses from memory: a flood must not reach Redis.
    inMemoryBlockOnConsumed: limit.points + 1,
  });
  const consume = async (caller: string, requests: number): Promise<Count[]> => {
    const { consumedPoints, ...count } = await redis.ask(() => countOf(everywhere.consume(caller, requests)));
    const before = consumedPoints - requests;
    return Array.from({ length: requests }, (_, index) => {
      const remainingPoints = limit.points - before - index - 1;
      // A refusal from memory carries no count.
      const isRefused = remainingPoints < 0 || (count.isRefused && consumedPoints === 0);
      return { ...count, consumedPoints, isRefused, remainingPoints: isRefused ? 0 : remainingPoints };
    });
  };
  /** Requests that arrive at the same time are counted with one command for each caller. */
  const consumeOne = createBatcher<string, Count | undefined>(
    async (takeBatch) => {
      const callers = takeBatch().map(({ item }) => item);
      const callerCounts = await Promise.all(
        [...Map.groupBy(callers, (caller) => caller)].map(async ([caller, { length }]) => {
          const counts = await consume(caller, length).catch(() => []);
          return [caller, counts.values()] as const;
        }),
      );
      const countsByCaller = new Map(callerCounts);
      return callers.map((caller) => countsByCaller.get(caller)?.next().value);
    },
    { concurrency: 2, maxItems: 1_000 },
  );
  return async (caller: string): Promise<Count | undefined> =>
    redis.isHere ? consumeOne(caller).catch(() => undefined) : undefined;
}

interface Count extends Remaining {
  isRefused: boolean;
  consumedPoints: number;
}

/** The limiters throw what they have counted when it is too much. */
async function countOf(consumed: Promise<RateLimiterRes>): Promise<Count> {
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

/** As draft-ietf-httpapi-ratelimit-headers-11 has them: quota and window, what remains and the seconds until it is whole. */
const headersOf = (name: string, quota: number, { remainingPoints, msBeforeNext }: Remaining) => ({
  'RateLimit-Policy': `"${name}";q=${quota};w=${WINDOW}`,
  RateLimit: `"${name}";r=${remainingPoints};t=${secondsOf(msBeforeNext)}`,
});

const refusal = (name: string, quota: number, { msBeforeNext }: Pick<Remaining, 'msBeforeNext'>) =>
  new HttpProblem(
    'rate_limited',
    {},
    {
      ...headersOf(name, quota, { remainingPoints: 0, msBeforeNext }),
      'Retry-After': String(secondsOf(msBeforeNext)),
    },
  );

const secondsOf = (milliseconds: number) => Math.max(1, Math.ceil(milliseconds / 1000));
