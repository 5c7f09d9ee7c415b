import { rmSync } from 'node:fs';
import { readInstance } from './instance-lock.ts';
import { endLeftovers } from './leftovers.ts';
import { lockFile, root } from './paths.ts';
import { isAlive, signal, waitUntilGone } from './process-table.ts';

/** The launcher promises to end within 10 s. */
const patienceMs = 12_000;

const file = lockFile(root);
const instance = readInstance(file);
if (instance && isAlive(instance)) {
  console.log(`Stopping process ${instance.pid} …`);
  signal(instance, 'SIGTERM');
  if (!(await waitUntilGone([instance], patienceMs))) {
    console.log('It does not end; killing it.');
    signal(instance, 'SIGKILL');
    await waitUntilGone([instance], 1_000);
    await endLeftovers(root, instance);
    rmSync(file, { force: true });
  }
  console.log('Stopped.');
} else {
  const found = await endLeftovers(root, instance);
  rmSync(file, { force: true });
  console.log(found ? 'Ended what an earlier start had left behind.' : 'Nothing is running.');
}
