import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../paths.ts';
import { runStep } from '../run-step.ts';
import { cleanUpAfterKill } from './orphaned-processes.ts';
import { watchParents } from './parent-watch.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a script of `infra/local/src` as the launcher, in its own session. pnpm, turbo or a closing terminal
 * may kill this process, even with SIGKILL; the launcher then shuts down in order.
 */
export function runDetached(script: string): void {
  if (process.platform === 'win32') {
    console.error('This needs Linux or macOS; on Windows, run it in WSL.');
    process.exit(1);
  }
  const launcher = spawn(process.execPath, [join(import.meta.dirname, '..', script)], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const configured = new Promise<void>((resolve) => {
    launcher.once('message', () => resolve());
    launcher.once('exit', () => resolve());
  });
  // The launcher takes seconds to load on a busy machine.
  void runStep('Reading the configuration', console.log, () => configured);
  const requestStop = (reason: string) => launcher.connected && launcher.send(reason, () => {});
  for (const name of STOP_SIGNALS) process.on(name, () => requestStop(''));
  watchParents((command) => requestStop(`"${command}", which started this, is gone.`));
  launcher.once('exit', async (code) => {
    if (code === null) {
      console.log('The launcher was killed; ending what it had started.');
      await cleanUpAfterKill(root).catch((error: Error) => console.log(error.message));
    }
    process.exit(code ?? 1);
  });
}

/** For the launcher: ends the step that the process in the foreground reports. */
export function reportConfigured(): void {
  process.send?.('configured', () => {});
}

/** For the launcher: calls `stop` when the process in the foreground requests it or has ended. */
export function onStopRequest(stop: (reason: string) => void): void {
  process.on('message', (reason) => stop(String(reason)));
  process.on('disconnect', () => stop('The process that started this is gone.'));
  for (const name of STOP_SIGNALS) process.on(name, () => stop(''));
}
