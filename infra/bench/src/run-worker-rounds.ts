import type { Cleanup } from '@incidents/testing/processes/cleanup';
import type { LoadGenerator } from './load.ts';
import { type NoOpRun, runNoOpLoad } from './run-no-op-load.ts';
import { type NotificationRun, runNotificationLoad } from './run-notification-load.ts';
import { startMessageSinks } from './start-message-sinks.ts';
import type { ServiceTarget } from './target.ts';
import type { WorkerLoad } from './worker-loads.ts';

export interface WorkerPlan {
  loads: WorkerLoad[];
  rounds: number;
  /** Scales the waiting incidents and jobs. The steady rate lasts twice as long. */
  seconds: number;
}

export interface WorkerRuns {
  notification: NotificationRun[];
  noOp: NoOpRun[];
}

/** Each run starts a worker, so no round warms up. The data is restored after each. */
export async function runWorkerRounds(
  cleanup: Cleanup,
  generator: LoadGenerator,
  target: ServiceTarget,
  { loads, rounds, seconds }: WorkerPlan,
  report: (line: string) => void,
): Promise<WorkerRuns> {
  const runs: WorkerRuns = { notification: [], noOp: [] };
  if (loads.length === 0) return runs;
  const sinks = await startMessageSinks(cleanup);
  const began = performance.now();
  // Runs of other loads may have left jobs.
  await target.restore();
  for (let round = 1; round <= rounds; round++) {
    for (const load of loads) {
      const run = { load: load.name, target: target.name, round };
      if (load.kind === 'notification') {
        const { recipients } = load;
        const size = { recipients, incidents: load.incidents * seconds, seconds: 2 * seconds };
        runs.notification.push({
          ...run,
          ...(await runNotificationLoad(cleanup, { generator, sinks, target }, size)),
        });
      } else {
        runs.noOp.push({ ...run, ...(await runNoOpLoad(cleanup, target, load.jobs * seconds)) });
      }
      await target.restore();
    }
    const elapsed = Math.round((performance.now() - began) / 1_000);
    report(`round ${round} of ${rounds} with a worker after ${elapsed} s`);
  }
  return runs;
}
