import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The file of libfaketime where Debian's package puts it; undefined when it is not installed. */
export function fakeTimeLibrary(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/usr/lib')
    .map((folder) => join('/usr/lib', folder, 'faketime/libfaketime.so.1'))
    .find((file) => existsSync(file));
}

/** Variables that load it into a process; the clock is moved by `FAKETIME` or `FAKETIME_TIMESTAMP_FILE`. */
export const fakeTimeEnv = (): Record<string, string> => ({
  LD_PRELOAD: fakeTimeLibrary() ?? '',
  // Timers run by the monotonic clock. The variable's name differs between versions.
  DONT_FAKE_MONOTONIC: '1',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
});
