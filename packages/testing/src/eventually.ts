import { vi } from 'vitest';

/** Repeats `check` until it no longer throws; after `timeout` ms it throws what `check` threw last. */
export const eventually = <T>(check: () => T | Promise<T>, timeout = 10_000): Promise<T> =>
  vi.waitFor(check, { timeout, interval: 20 });
