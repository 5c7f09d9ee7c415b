import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { startExitGuard } from '@incidents/testing/processes/start-exit-guard';

export interface ReadPipe {
  fd: number;
  lines: string[];
  stop(): void;
  resume(): void;
}

/** Node's `stdio: 'pipe'` is a socket, not a pipe. */
export function openReadPipe(cleanup: Cleanup): ReadPipe {
  const folder = mkdtempSync(join(tmpdir(), 'incidents-pipe-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'inherit'] });
  // A stopped reader would outlive this process.
  const guard = startExitGuard('kill -KILL "$1" 2>/dev/null', [String(reader.pid)]);
  const fd = openSync(path, 'w');
  cleanup.add(async () => {
    closeSync(fd);
    await guard.run();
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
