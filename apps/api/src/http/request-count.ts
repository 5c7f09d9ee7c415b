import { RateLimiterRes } from 'rate-limiter-flexible';

/** A caller's requests in its window, after one request or several. */
export interface Count {
  isRefused: boolean;
  remainingPoints: number;
  /** Until the window ends. */
  msBeforeNext: number;
}

export interface LimiterCount extends Count {
  /** With the refused requests; 0 when the limiter refused from memory. */
  consumedPoints: number;
}

/** @param consumed the result of a limiter, which rejects to refuse */
export async function toCount(consumed: Promise<RateLimiterRes>): Promise<LimiterCount> {
  try {
    const { remainingPoints, msBeforeNext, consumedPoints } = await consumed;
    return { remainingPoints, msBeforeNext, consumedPoints, isRefused: false };
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    const { msBeforeNext, consumedPoints } = refused;
    return { remainingPoints: 0, msBeforeNext, consumedPoints, isRefused: true };
  }
}
