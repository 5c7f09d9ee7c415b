import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkInvariants } from '../check-invariants.ts';
import { startReporting } from '../reporting.ts';
import { recoveryLimitMs, type Scenario } from '../scenario.ts';
import { fillDisk, findDiskObstacle, mountSmallDisk } from '../small-disk.ts';
import { startStack } from '../stack.ts';

/** Room for an empty cluster and its write-ahead log, with a margin. */
const DISK_SIZE = '256m';

export const diskFull: Scenario = {
  name: 'disk-full',
  fault: 'disk full under PostgreSQL',
  target: 'no false 201; recovers by itself (≤ 10 s after there is room)',
  inShortForm: false,
  findObstacle: findDiskObstacle,
  async run({ long, cleanup, say }) {
    const disk = mountSmallDisk(cleanup, DISK_SIZE);
    const folder = join(disk, 'data');
    mkdirSync(folder);
    const stack = await startStack(cleanup, {
      folder,
      settings: { min_wal_size: '32MB', max_wal_size: '64MB' },
    });
    const { postgres } = stack;
    const reporting = startReporting(stack);
    await sleep(3_000);
    const filler = join(disk, 'filler');
    const filledAt = Date.now();
    const until = filledAt + 30_000;
    while (Date.now() < until) {
      fillDisk(filler);
      await sleep(200);
    }
    const gaveUp = !postgres.isRunning();
    rmSync(filler);
    say(`room again${gaveUp ? '; PostgreSQL had ended itself and is started again' : ''}`);
    if (gaveUp) await postgres.restart('immediate');
    const roomAt = Date.now();
    await sleep(5_000);
    const result = await checkInvariants(stack, reporting, {
      unavailable: true,
      recovery: recoveryLimitMs(long),
      drainSeconds: 90,
      duplicates: Number.POSITIVE_INFINITY,
      recoverFrom: [roomAt],
    });
    const refused = reporting.attempts.filter(
      ({ sentAt, answer }) => sentAt >= filledAt && sentAt < roomAt && answer.kind !== 'created',
    );
    result.figures.unshift(
      `while it was full ${refused.length} creates were refused; PostgreSQL ${gaveUp ? 'ended itself, because its write-ahead log had no room, and was started again' : 'went on'}`,
    );
    if (refused.length === 0) result.failures.push('the disk was never full');
    return result;
  },
};
