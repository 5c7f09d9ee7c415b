import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { leaveLastWill } from '@incidents/testing/processes/exit-guard';

/** A pipe with a process that reads it. */
export interface ReadPipe {
  /** Its end for writing. */
  fd: number;
  /** What has been read. */
  lines: string[];
  /** The reader reads no more. */
  stop(): void;
  resume(): void;
}

/** Opens one; Node's own `stdio: 'pipe'` is a socket. */
export function openReadPipe(cleanup: Cleanup): ReadPipe {
  const folder = mkdtempSync(join(tmpdir(), 'incidents-pipe-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'inherit'] });
  // A stopped reader would outlive this process.
  const will = leaveLastWill('kill -KILL "$1" 2>/dev/null', [String(reader.pid)]);
  const fd = openSync(path, 'w');
  cleanup.add(async () => {
    closeSync(fd);
    await will.execute();
    rmSync(folder, { recursive: true });
  });
  const lines: string[] = [];
  createInterface({ input: reader.stdout }).on('line', (line) => lines.push(line));
  return {
    fd,
    lines,
    stop: () => reader.kill('SIGSTOP'),
    resume: () => reader.kill('SIGCONT'),
  };
}
