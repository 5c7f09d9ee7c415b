import type { LoadGenerator, LoadResult } from './load.ts';
import { readResidentMegabytes } from './process-times.ts';
import type { Scenario } from './scenarios.ts';
import { startMeter, type Usage } from './start-meter.ts';
import { readIncidents, type Target } from './target.ts';

export interface Run extends LoadResult, Usage {
  scenario: string;
  target: string;
  round: number;
  megabytes: number | undefined;
}

export interface RoundPlan {
  scenarios: Scenario[];
  targets: Target[];
  rounds: number;
  seconds: number;
}

const WARM_UP_SECONDS = 1;

/** A round covers every target, so a disturbance affects all. The first one warms up, not returned. */
export async function runRounds(
  generator: LoadGenerator,
  { scenarios, targets, rounds, seconds }: RoundPlan,
  report: (line: string) => void,
): Promise<Run[]> {
  const runs: Run[] = [];
  if (scenarios.length === 0) return runs;
  // All or none: otherwise only the data of peers would grow.
  const canRestore = targets.every(({ restore }) => restore !== undefined);
  const began = performance.now();
  for (let round = 0; round <= rounds; round++) {
    for (const scenario of scenarios) {
      for (const target of round % 2 === 0 ? targets : targets.toReversed()) {
        const run = await runOnce(generator, scenario, target, round === 0 ? WARM_UP_SECONDS : seconds);
        if (scenario.writes && canRestore) await target.restore?.();
        if (round > 0) runs.push({ ...run, round });
      }
    }
    const elapsed = Math.round((performance.now() - began) / 1_000);
    report(`${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`} after ${elapsed} s`);
  }
  return runs;
}

async function runOnce(
  generator: LoadGenerator,
  scenario: Scenario,
  target: Target,
  seconds: number,
): Promise<Omit<Run, 'round'>> {
  const { name: id, connections, usesIncidents } = scenario;
  const { name, urls, key } = target;
  const incidents = usesIncidents ? await readIncidents(target) : [];
  const stopMeter = startMeter(target.findProcesses(), generator.pid);
  const result = await generator.run({
    scenario: id,
    urls,
    key,
    connections,
    extent: { seconds },
    incidents,
  });
  return { scenario: id, target: name, ...result, ...stopMeter(), megabytes: readMemory(target) };
}

export function readMemory(target: Target): number | undefined {
  const all = target.findProcesses().api.map((pid) => readResidentMegabytes(pid) ?? Number.NaN);
  const sum = all.reduce((total, each) => total + each, 0);
  return all.length === 0 || Number.isNaN(sum) ? undefined : sum;
}
