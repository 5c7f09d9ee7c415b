import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Polls `check` until it returns something other than undefined or false, and returns that.
 * Returns undefined after `timeoutMs`.
 */
export async function waitUntil<T>(
  check: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs: number,
  intervalMs = 50,
): Promise<T | undefined> {
  for (const until = performance.now() + timeoutMs; ; await sleep(intervalMs)) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > until) return undefined;
  }
}
