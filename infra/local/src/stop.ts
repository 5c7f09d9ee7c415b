import { readInstance } from './crash-recovery/instance-lock.ts';
import { cleanUpAfterKill } from './crash-recovery/orphaned-processes.ts';
import { isAlive, sendSignal, waitForExit } from './crash-recovery/process-table.ts';
import { lockFile, root } from './paths.ts';
import { runStep } from './run-step.ts';

/** The launcher ends within 10 s. */
const STOP_TIMEOUT_MS = 12_000;

async function stop(): Promise<string> {
  const instance = readInstance(lockFile(root));
  if (instance && isAlive(instance)) {
    sendSignal(instance, 'SIGTERM');
    const hasEnded = await runStep(`Stopping process ${instance.pid}`, console.log, () =>
      waitForExit([instance], STOP_TIMEOUT_MS),
    );
    if (hasEnded) return 'Stopped.';
    await runStep('It does not end by itself; killing it', console.log, async () => {
      sendSignal(instance, 'SIGKILL');
      await waitForExit([instance], 1_000);
      await cleanUpAfterKill(root);
    });
    return 'Killed.';
  }
  return (await cleanUpAfterKill(root))
    ? 'Ended what an earlier start had left behind.'
    : 'Nothing is running.';
}

try {
  console.log(await stop());
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const isForeign = code === 'EPERM' || code === 'EACCES';
  console.log(isForeign ? `It was started by another user; stop it as that user (${message}).` : message);
  process.exitCode = 1;
}
