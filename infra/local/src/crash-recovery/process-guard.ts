import { spawn } from 'node:child_process';

/** Ends another process once this one has ended, however that happens. */
export interface ProcessGuard {
  /** Call this when the guarded process has ended. */
  dismiss(): void;
}

/**
 * Starts a shell that waits for the end of this process. The shell then signals the process `pid`.
 * @param signals each with the seconds to wait for the end of the process: `TERM:4`
 * @param remove files and folders to delete afterwards
 */
export function guardProcess(
  pid: number,
  signals: `${string}:${number}`[],
  remove: string[] = [],
): ProcessGuard {
  // Standard input ends with this process, also after SIGKILL.
  const script = `
    trap '' INT TERM HUP
    read -r _ && exit
    pid=$1; shift
    for step in ${signals.join(' ')}; do
      kill -"\${step%:*}" "$pid" || break
      tenths=$((\${step#*:} * 10))
      while [ $tenths -gt 0 ] && kill -0 "$pid"; do sleep 0.1; tenths=$((tenths - 1)); done
    done
    [ $# -eq 0 ] || rm -rf "$@"`;
  const guard = spawn('sh', ['-c', script, 'sh', String(pid), ...remove], {
    cwd: '/',
    // Signals to the terminal or to the launcher's process group must not reach the guard.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  return { dismiss: () => guard.stdin.end('dismissed\n') };
}
