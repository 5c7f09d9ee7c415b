/** Seconds to wait after the first, second, … failed attempt; the last one repeats. */
const DELAYS_SECONDS = [2, 5, 15, 30, 60, 120, 300, 600, 900];

/** Spreads each delay by a fifth either way, so that deliveries that failed together are not retried together. */
const JITTER = 0.2;

/** @param random from 0 to 1 */
export function calculateRetryDelayMs(attempts: number, random: number): number {
  const seconds = DELAYS_SECONDS[Math.min(attempts, DELAYS_SECONDS.length) - 1] ?? 2;
  return Math.round(seconds * 1000 * (1 + JITTER * (2 * random - 1)));
}
