import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A command that is certain to be run. */
export interface LastWill {
  /** Runs it now; resolves when it has ended. */
  execute(): Promise<void>;
}

/**
 * Has a shell wait outside of this process's session and run `script` with `args` as soon as it is told to, or this
 * process has ended in whatever way: what was frozen or mounted must not stay so.
 */
export function leaveLastWill(script: string, args: string[]): LastWill {
  const shell = spawn('sh', ['-c', `trap '' INT TERM HUP; read -r _; ${script}`, 'sh', ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  shell.unref();
  const ended = once(shell, 'exit');
  return {
    async execute() {
      // Waited for now, also when nothing else is.
      shell.ref();
      shell.stdin.end();
      await ended;
    },
  };
}
