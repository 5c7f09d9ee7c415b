/** Seconds to wait after the first, second, … failed attempt; the last one repeats. */
const SCHEDULE = [2, 5, 15, 30, 60, 120, 300, 600, 900];

/** How far a delay is spread either way, so that what failed together does not come back together. */
const JITTER = 0.2;

/**
 * Milliseconds until the next attempt after `attempts` have failed.
 * @param random from 0 to 1
 */
export function retryDelay(attempts: number, random: number): number {
  const seconds = SCHEDULE[Math.min(attempts, SCHEDULE.length) - 1] ?? 2;
  return Math.round(seconds * 1000 * (1 + JITTER * (2 * random - 1)));
}
