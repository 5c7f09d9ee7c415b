import { setTimeout as sleep } from 'node:timers/promises';

/** The first value of `check` other than undefined or false; undefined after `timeoutMs`. */
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
