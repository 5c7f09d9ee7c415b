import type { Cleanup } from '@incidents/testing/processes/cleanup';
import type { Judgement } from './accepted-incidents.ts';

/** What one scenario works with. */
export interface Trial {
  /** In full, and not as short as can still show something. */
  long: boolean;
  cleanup: Cleanup;
  say(line: string): void;
}

/** What came of a scenario. */
export interface Result {
  judgement: Judgement;
  /** Milliseconds from the end of the fault until work flowed again, the longest of all; undefined where nothing ends. */
  recovery: number | undefined;
  /** What else was measured, in words. */
  figures: string[];
  /** Why the target was missed; none when it was met. */
  failures: string[];
}

/** A fault, and what has to hold while it lasts and afterwards. */
export interface Scenario {
  name: string;
  /** In words, for who reads the table. */
  fault: string;
  target: string;
  /** Runs unless it was asked for everything. */
  inShortForm: boolean;
  /** Why it cannot run on this machine; undefined when it can. */
  whyNot?(): string | undefined;
  run(trial: Trial): Promise<Result>;
}

/**
 * Milliseconds that a message may take, or work to resume, after a fault. Three times as many in the short form, which
 * runs on machines that others load as well.
 */
export const promisedMs = (long: boolean): number => (long ? 10_000 : 30_000);
