import { type Cleanup, createCleanup } from './cleanup.ts';

/**
 * Runs a trial as a program: prints what was missed and ends with 1 then. What the trial has started is ended in any
 * case, also when the program is told to end.
 * @param trial resolves with what was missed, in words
 */
export async function runScenario(trial: (cleanup: Cleanup) => Promise<string[]>): Promise<void> {
  const cleanup = createCleanup();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void cleanup.run().then(() => process.exit(130)));
  }
  let missed: string[] = [];
  try {
    missed = await trial(cleanup);
  } catch (error) {
    console.error(error);
    missed = ['it broke off'];
  } finally {
    await cleanup.run();
  }
  for (const one of missed) console.log(`FAILED: ${one}`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}
