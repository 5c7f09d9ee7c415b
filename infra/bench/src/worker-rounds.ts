import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { startInbox } from './inbox.ts';
import type { LoadGenerator } from './load.ts';
import { type NoOpRun, runNoOpJobs } from './no-op-jobs.ts';
import type { ServiceTarget } from './target.ts';
import { runTold, type ToldRun } from './told.ts';
import type { WorkerLoad } from './worker-loads.ts';

/** The loads of a bench that need a worker, and how large each is. */
export interface WorkerPlan {
  loads: WorkerLoad[];
  rounds: number;
  /** Scales what waits; the steady rate lasts twice as long. */
  seconds: number;
}

/** Every run of the loads that need a worker. */
export interface WorkerRuns {
  told: ToldRun[];
  noOp: NoOpRun[];
}

/**
 * Runs every load that needs a worker, round after round, and puts the data back after each. A worker is started for
 * each run, so no round warms up.
 * @param report receives a line per round
 */
export async function runWorkerRounds(
  cleanup: Cleanup,
  generator: LoadGenerator,
  target: ServiceTarget,
  { loads, rounds, seconds }: WorkerPlan,
  report: (line: string) => void,
): Promise<WorkerRuns> {
  const runs: WorkerRuns = { told: [], noOp: [] };
  if (loads.length === 0) return runs;
  const inbox = await startInbox(cleanup);
  const began = performance.now();
  // Runs of other loads may have left jobs.
  await target.restore();
  for (let round = 1; round <= rounds; round++) {
    for (const load of loads) {
      const run = { load: load.name, target: target.name, round };
      if (load.kind === 'told') {
        const { recipients } = load;
        const size = { recipients, incidents: load.incidents * seconds, seconds: 2 * seconds };
        runs.told.push({ ...run, ...(await runTold(cleanup, { generator, inbox, target }, size)) });
      } else {
        runs.noOp.push({ ...run, ...(await runNoOpJobs(cleanup, target, load.jobs * seconds)) });
      }
      await target.restore();
    }
    const elapsed = Math.round((performance.now() - began) / 1_000);
    report(`round ${round} of ${rounds} with a worker after ${elapsed} s`);
  }
  return runs;
}
