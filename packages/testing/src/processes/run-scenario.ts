import { type Cleanup, createCleanup } from './cleanup.ts';

/** The reasons for which a scenario failed; `false` stands for a check that held. */
export type Failures = (string | false)[];

/** Runs a scenario, then its cleanup. The exit code is 1 after a failure and 130 after a signal. */
export async function runScenario(scenario: (cleanup: Cleanup) => Promise<Failures>): Promise<void> {
  const began = performance.now();
  const cleanup = createCleanup();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void cleanup.run().then(() => process.exit(130)));
  }
  let failures: Failures;
  try {
    failures = await scenario(cleanup);
  } catch (error) {
    console.error(error);
    failures = ['the scenario broke off'];
  } finally {
    await cleanup.run();
  }
  const found = failures.filter((failure) => failure !== false);
  for (const failure of found) console.log(`FAILED: ${failure}`);
  console.log(
    `${found.length === 0 ? 'held' : 'FAILED'} after ${((performance.now() - began) / 1_000).toFixed(1)} s`,
  );
  process.exitCode = found.length === 0 ? 0 : 1;
}
