import { seconds } from './invariants.ts';
import type { Result, Scenario } from './scenario.ts';

/** A scenario with what came of it; or why it did not run here, or not to its end. */
export interface Row {
  scenario: Scenario;
  outcome: Result | { notRun: string } | { brokeOff: string };
}

const HEADINGS = [
  'fault',
  'target',
  'created (201)',
  'lost',
  'duplicates',
  'worst delay',
  'recovery',
  'verdict',
];

/** The table of all results, as Markdown. */
export function table(rows: Row[]): string {
  const lines = [HEADINGS, HEADINGS.map(() => '---'), ...rows.map(cells)];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function cells({ scenario, outcome }: Row): string[] {
  const { fault, target } = scenario;
  if ('notRun' in outcome) return [fault, target, '', '', '', '', '', `not run: ${outcome.notRun}`];
  if ('brokeOff' in outcome) return [fault, target, '', '', '', '', '', `BROKE OFF: ${outcome.brokeOff}`];
  const { judgement, recovery, failures } = outcome;
  return [
    fault,
    target,
    String(judgement.created),
    String(judgement.lost.length),
    String(judgement.duplicates),
    seconds(Math.max(judgement.worstDelay.email, judgement.worstDelay.telegram)),
    recovery === undefined ? '–' : seconds(recovery),
    failures.length === 0 ? 'met' : 'MISSED',
  ];
}
