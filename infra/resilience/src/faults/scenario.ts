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
  /** Other measurements, one a line. */
  figures: string[];
  /** Reasons for which the target was missed. */
  failures: string[];
}

/** A fault, with the promises that hold during and after it. */
export interface Scenario {
  name: string;
  /** The text of the results table. */
  fault: string;
  target: string;
  inShortForm: boolean;
  /** The reason for which this machine cannot run it. */
  findObstacle?(): string | undefined;
  run(context: ScenarioContext): Promise<Result>;
}

/**
 * The limit in milliseconds for a message, and for work to resume, after a fault. The short form allows three times
 * as much, because it runs on busy machines.
 */
export const recoveryLimitMs = (long: boolean): number => (long ? 10_000 : 30_000);
