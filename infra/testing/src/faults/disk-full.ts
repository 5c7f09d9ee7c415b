import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cleanup } from './cleanup.ts';
import { leaveLastWill } from './last-will.ts';
import { recoveryAfter } from './ledger.ts';
import { startReporting } from './reporting.ts';
import type { Scenario } from './scenario.ts';
import { settle } from './settle.ts';
import { startStack } from './stack.ts';

/** Of the memory that the disk takes: an empty cluster, its log of changes and some. */
const DISK = '256m';

/** The disk under PostgreSQL is full for half a minute. */
export const diskFull: Scenario = {
  name: 'disk-full',
  fault: 'disk full under PostgreSQL',
  target: 'no false 201; recovers by itself (≤ 10 s after there is room)',
  inShortForm: false,
  whyNot() {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root can mount a small disk';
    try {
      unmount(mountDisk());
      return undefined;
    } catch {
      return 'this machine does not let a small disk be mounted';
    }
  },
  async run({ cleanup, say }) {
    const disk = keepDisk(cleanup);
    const folder = join(disk, 'data');
    mkdirSync(folder);
    const stack = await startStack(cleanup, {
      folder,
      settings: { min_wal_size: '32MB', max_wal_size: '64MB' },
    });
    const { postgres, mail, bot, apis } = stack;
    const reporting = startReporting(
      apis.map(({ url }) => url),
      40,
    );
    await sleep(3_000);
    const filler = join(disk, 'filler');
    const filledAt = Date.now();
    const until = filledAt + 30_000;
    while (Date.now() < until) {
      fill(filler);
      await sleep(200);
    }
    const gaveUp = !postgres.isRunning();
    rmSync(filler);
    say(`room again${gaveUp ? '; PostgreSQL had ended itself and is started again' : ''}`);
    if (gaveUp) await postgres.restart('immediate');
    const roomAt = Date.now();
    await sleep(5_000);
    const result = await settle(
      stack,
      reporting,
      { unavailable: true, recovery: 10_000, drainSeconds: 90, duplicates: Number.POSITIVE_INFINITY },
      () => [recoveryAfter(roomAt, reporting.attempts, [...mail.arrivals, ...bot.arrivals])],
    );
    const refused = reporting.attempts.filter(
      ({ sentAt, answer }) => sentAt >= filledAt && sentAt < roomAt && answer.kind !== 'created',
    );
    result.figures.unshift(
      `while it was full ${refused.length} creates were refused; PostgreSQL ${gaveUp ? 'ended itself, as it does when its log of changes has no room, and was started again' : 'went on'}`,
    );
    if (refused.length === 0) result.failures.push('the disk was never full');
    return result;
  },
};

function mountDisk(): string {
  const disk = mkdtempSync(join(tmpdir(), 'incidents-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK},mode=755`, 'tmpfs', disk], {
      stdio: ['ignore', 'ignore', 'ignore'],
    });
  } catch (error) {
    rmSync(disk, { recursive: true });
    throw error;
  }
  return disk;
}

function unmount(disk: string): void {
  execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true });
}

/** A small disk that is gone at the end, however this process ends; after PostgreSQL, which its guard ends within 8 s. */
function keepDisk(cleanup: Cleanup): string {
  const disk = mountDisk();
  const will = leaveLastWill(
    'for try in 1 2 3 4 5 6 7 8 9 10; do umount "$1" 2>/dev/null && break; sleep 1; done; rmdir "$1"',
    [disk],
  );
  cleanup.add(() => will.execute());
  return disk;
}

/** Takes whatever room there is. */
function fill(file: string): void {
  const opened = openSync(file, 'a');
  try {
    for (const size of [1 << 20, 1 << 12]) {
      const block = Buffer.alloc(size, 1);
      try {
        while (writeSync(opened, block) === size);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    closeSync(opened);
  }
}
