import { once } from 'node:events';
import { cloneCheckout, exitCode } from '@incidents/local/smoke/clone';
import { waitUntil } from '@incidents/local/smoke/wait-until';
import type { Cleanup } from '@incidents/testing/processes/cleanup';

/** Includes installing and building. */
const FIRST_START_TIMEOUT_MS = 300_000;
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

/** @returns milliseconds from the first line of the second `pnpm start` until ready */
export async function measureStart(cleanup: Cleanup): Promise<number> {
  const clone = await cloneCheckout();
  cleanup.add(() => clone.remove());
  await clone.start(FIRST_START_TIMEOUT_MS);
  await exitCode(clone.run('stop'));
  await clone.ended(STOP_TIMEOUT_MS);

  const run = clone.run('start');
  const { stdout } = run.child;
  if (stdout === null) throw new Error('the start has no output');
  await once(stdout, 'data');
  const began = performance.now();
  await waitUntil(
    'the second start is ready',
    START_TIMEOUT_MS,
    () => run.output().includes('Ready in'),
    run.output,
  );
  const took = performance.now() - began;
  await exitCode(clone.run('stop'));
  await clone.ended(STOP_TIMEOUT_MS);
  return took;
}
