import { spawn } from 'node:child_process';

export interface ProcessGuard {
  dismiss(): void;
}

/**
 * Starts a shell that ends the process `pid` when this process has ended, then deletes the folders `remove`.
 * @param signals each with the seconds to wait for the end of the process: `TERM:4`
 */
export function guardProcess(
  pid: number,
  signals: `${string}:${number}`[],
  remove: string[] = [],
): ProcessGuard {
  // The shell's input ends with this process, also after SIGKILL.
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
    // Out of reach of signals to the terminal or the launcher's process group.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  return { dismiss: () => guard.stdin.end('dismissed\n') };
}
