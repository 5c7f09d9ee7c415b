import { type Scenario, scenarios } from './scenarios.ts';
import { type WorkerLoad, workerLoads } from './worker-loads.ts';

/** The loads of a bench. */
export interface Loads {
  scenarios: Scenario[];
  workerLoads: WorkerLoad[];
}

/**
 * The loads that a list such as `create,list20-cold,told` names; all without one.
 * @param full whether those that take long are among them without being named whole
 * @throws Error when a name fits none
 */
export function selectLoads(only: string | undefined, full: boolean): Loads {
  const wanted = only?.split(',');
  const names = [...scenarios, ...workerLoads].map(({ name }) => name);
  const fits = (name: string, part: string) => name === part || name.startsWith(`${part}-`);
  const unknown = wanted?.find((part) => !names.some((name) => fits(name, part)));
  if (unknown !== undefined) throw new Error(`--only: no scenario ${unknown}; there are ${names.join(', ')}`);
  const isWanted = (name: string) => wanted === undefined || wanted.some((part) => fits(name, part));
  return {
    scenarios: scenarios.filter(({ name }) => isWanted(name)),
    workerLoads: workerLoads.filter(
      ({ name, onlyInFull }) => isWanted(name) && (full || !onlyInFull || wanted?.includes(name)),
    ),
  };
}
