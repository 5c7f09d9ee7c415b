import { vi } from 'vitest';

/**
 * Runs `check` again and again until it no longer throws, and returns what it returned; after `timeout`
 * milliseconds (ten seconds) it throws what `check` threw last.
 */
export const eventually = <T>(check: () => T | Promise<T>, timeout = 10_000): Promise<T> =>
  vi.waitFor(check, { timeout, interval: 20 });
