import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { watchLaunchers } from './launchers.ts';
import { cleanUpAfterKill } from './leftovers.ts';
import { root } from './paths.ts';

/**
 * Runs a script of this folder in a session of its own and stands in for it in this one, where signals
 * arrive and whence pnpm, turbo and a closing terminal kill without asking (pnpm's own guard with
 * SIGKILL). Whatever ends this process, the script lives on and ends everything in good order.
 *
 * And should the script be killed, this process ends what it had started.
 *
 * The script hears of the end over IPC: a message with the reason, or the channel's end.
 */
export function runInOwnSession(script: string): void {
  if (process.platform === 'win32') {
    console.error('This needs Linux or macOS; on Windows, run it in WSL.');
    process.exit(1);
  }
  const child = spawn(process.execPath, [join(import.meta.dirname, script)], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const tell = (reason: string) => child.connected && child.send(reason, () => {});
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => tell(''));
  watchLaunchers((command) => tell(`"${command}", which started this, is gone.`));
  child.once('exit', async (code) => {
    if (code === null) {
      console.log('The launcher was killed; ending what it had started.');
      await cleanUpAfterKill(root).catch((error: Error) => console.log(error.message));
    }
    process.exit(code ?? 1);
  });
}

/** In that script: calls `end` when the process that stands in for it asks for the end, or is gone. */
export function onEndOfSession(end: (reason: string) => void): void {
  process.on('message', (reason) => end(String(reason)));
  process.on('disconnect', () => end('The process that started this is gone.'));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => end(''));
}
