import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { startExitGuard } from '@incidents/testing/processes/start-exit-guard';

export function findDiskObstacle(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root can mount a small disk';
  try {
    const disk = mount('1m');
    execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true });
    return undefined;
  } catch {
    return 'this machine does not let a small disk be mounted';
  }
}

/** The disk is unmounted at the end, also after SIGKILL; its users may take 8 s to end before. */
export function mountSmallDisk(cleanup: Cleanup, size: string): string {
  const disk = mount(size);
  const guard = startExitGuard(
    'for try in 1 2 3 4 5 6 7 8 9 10; do umount "$1" 2>/dev/null && break; sleep 1; done; rmdir "$1"',
    [disk],
  );
  cleanup.add(() => guard.run());
  return disk;
}

function mount(size: string): string {
  const disk = mkdtempSync(join(tmpdir(), 'incidents-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', disk], {
      stdio: ['ignore', 'ignore', 'ignore'],
    });
  } catch (error) {
    rmSync(disk, { recursive: true });
    throw error;
  }
  return disk;
}

export function fillDisk(file: string): void {
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
