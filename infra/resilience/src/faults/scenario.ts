import type { Cleanup } from '@incidents/testing/processes/cleanup';
import type { Audit } from './accepted-incidents.ts';

export interface ScenarioContext {
  /** The short form skips slow scenarios and runs fewer rounds of the others. */
  long: boolean;
  cleanup: Cleanup;
  say(line: string): void;
}

export interface Result {
  audit: Audit;
  /** Longest time in milliseconds from the end of a fault until work resumed; undefined where no fault ends. */
  recovery: number | undefined;
  figures: string[];
  failures: string[];
}

export interface Scenario {
  name: string;
  fault: string;
  target: string;
  inShortForm: boolean;
  findObstacle?(): string | undefined;
  run(context: ScenarioContext): Promise<Result>;
}

/** In milliseconds. The short form allows three times as much, because it runs on busy machines. */
export const recoveryLimitMs = (long: boolean): number => (long ? 10_000 : 30_000);
