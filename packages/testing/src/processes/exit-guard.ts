import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A script that also runs when this process is killed. */
export interface ExitGuard {
  /** Runs the script now; resolves when it has ended. */
  run(): Promise<void>;
}

/**
 * Starts a shell outside of this process's session that runs `script` with `args` on request, or when this process ends.
 * Processes that were frozen go on and disks are unmounted even after SIGKILL.
 */
export function startExitGuard(script: string, args: string[]): ExitGuard {
  const shell = spawn('sh', ['-c', `trap '' INT TERM HUP; read -r _; ${script}`, 'sh', ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  shell.unref();
  const ended = once(shell, 'exit');
  return {
    async run() {
      // Keeps this process alive until the script has ended.
      shell.ref();
      shell.stdin.end();
      await ended;
    },
  };
}
