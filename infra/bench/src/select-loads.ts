import { type Scenario, scenarios } from './scenarios.ts';
import { type WorkerLoad, workerLoads } from './worker-loads.ts';

export interface Loads {
  scenarios: Scenario[];
  workerLoads: WorkerLoad[];
}

/**
 * @throws Error for an unknown name
 */
export function selectLoads(only: string | undefined, full: boolean): Loads {
  const wanted = only?.split(',');
  const names = [...scenarios, ...workerLoads].map(({ name }) => name);
  const matches = (name: string, part: string) => name === part || name.startsWith(`${part}-`);
  const unknown = wanted?.find((part) => !names.some((name) => matches(name, part)));
  if (unknown !== undefined) throw new Error(`--only: no scenario ${unknown}; there are ${names.join(', ')}`);
  const isSelected = (name: string) => wanted === undefined || wanted.some((part) => matches(name, part));
  return {
    scenarios: scenarios.filter(({ name }) => isSelected(name)),
    workerLoads: workerLoads.filter(
      ({ name, isFullOnly }) => isSelected(name) && (full || !isFullOnly || wanted?.includes(name)),
    ),
  };
}
