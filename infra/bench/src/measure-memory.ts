import type { LoadGenerator } from './load.ts';
import { readMemory } from './run-rounds.ts';
import { scenarios } from './scenarios.ts';
import { readIncidents, type Target } from './target.ts';

/** Equal shares of the requests, at 64 and at 250 connections. */
const SCENARIOS = ['one', 'list100-cold', 'list20-cold', 'create-250'];

const REQUESTS = 200_000;

export interface MemoryGrowth {
  requests: number;
  failures: number;
  before: number | undefined;
  after: number | undefined;
}

export async function measureMemory(generator: LoadGenerator, target: Target): Promise<MemoryGrowth> {
  const { urls, key } = target;
  const incidents = await readIncidents(target);
  const before = readMemory(target);
  let requests = 0;
  let failures = 0;
  for (const { name: scenario, connections } of scenarios.filter((each) => SCENARIOS.includes(each.name))) {
    const extent = { requests: REQUESTS / SCENARIOS.length };
    const result = await generator.run({ scenario, urls, key, connections, extent, incidents });
    requests += result.replies;
    failures += result.failures;
  }
  return { requests, failures, before, after: readMemory(target) };
}
