import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export function findFakeTimeLibrary(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/usr/lib')
    .map((folder) => join('/usr/lib', folder, 'faketime/libfaketime.so.1'))
    .find((file) => existsSync(file));
}

/** Variables that load libfaketime. `FAKETIME` or `FAKETIME_TIMESTAMP_FILE` then moves the clock. */
export const createFakeTimeEnv = (): Record<string, string> => ({
  LD_PRELOAD: findFakeTimeLibrary() ?? '',
  // Timers use the monotonic clock. Versions differ in the variable's name.
  DONT_FAKE_MONOTONIC: '1',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
});
