import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ExitGuard {
  /** Runs the script now; resolves when it has ended. */
  run(): Promise<void>;
}

/** A shell outside this session runs `script` on request or when this process ends, even by SIGKILL. */
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
