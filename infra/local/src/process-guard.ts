import { spawn } from 'node:child_process';

/** Ends a process when this one can no longer do it. */
export interface ProcessGuard {
  /** The process has ended: nothing is left to guard. */
  dismiss(): void;
}

/**
 * Starts a shell that waits for the end of its input, which comes when this process ends in whatever way, and then
 * ends the process `pid`: by SIGTERM, a second later by SIGKILL.
 */
export function guardProcess(pid: number): ProcessGuard {
  const script = `
    trap '' INT TERM HUP
    read -r _ && exit
    kill "$1" && sleep 1 && kill -KILL "$1"`;
  const guard = spawn('sh', ['-c', script, 'sh', String(pid)], {
    // Out of reach of a Ctrl+C, and of whoever kills the launcher's whole process group.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  return { dismiss: () => guard.stdin.end('ended\n') };
}
