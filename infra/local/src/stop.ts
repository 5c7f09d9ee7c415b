import { readInstance } from './instance-lock.ts';
import { cleanUpAfterKill } from './leftovers.ts';
import { lockFile, root } from './paths.ts';
import { isAlive, signal, waitUntilGone } from './process-table.ts';

/** The launcher promises to end within 10 s. */
const patienceMs = 12_000;

/** Ends what runs in this checkout, or what a killed launcher has left; says which it was. */
async function stop(): Promise<string> {
  const instance = readInstance(lockFile(root));
  if (instance && isAlive(instance)) {
    console.log(`Stopping process ${instance.pid} …`);
    signal(instance, 'SIGTERM');
    if (await waitUntilGone([instance], patienceMs)) return 'Stopped.';
    signal(instance, 'SIGKILL');
    await waitUntilGone([instance], 1_000);
    await cleanUpAfterKill(root);
    return 'It did not end by itself and was killed.';
  }
  return (await cleanUpAfterKill(root))
    ? 'Ended what an earlier start had left behind.'
    : 'Nothing is running.';
}

try {
  console.log(await stop());
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const foreign = code === 'EPERM' || code === 'EACCES';
  console.log(foreign ? `It was started by another user; stop it as that user (${message}).` : message);
  process.exitCode = 1;
}
