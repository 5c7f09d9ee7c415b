import { formatSeconds } from './check-invariants.ts';
import type { Result, Scenario } from './scenario.ts';

export interface Row {
  scenario: Scenario;
  outcome: Result | { obstacle: string } | { brokeOff: string };
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

export const hasFailed = ({ outcome }: Row): boolean =>
  'brokeOff' in outcome || ('failures' in outcome && outcome.failures.length > 0);

export function formatResults(rows: Row[]): string {
  const lines = [HEADINGS, HEADINGS.map(() => '---'), ...rows.map(formatRow)];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function formatRow({ scenario, outcome }: Row): string[] {
  const { fault, target } = scenario;
  if ('obstacle' in outcome) return [fault, target, '', '', '', '', '', `not run: ${outcome.obstacle}`];
  if ('brokeOff' in outcome) return [fault, target, '', '', '', '', '', `BROKE OFF: ${outcome.brokeOff}`];
  const { audit, recovery, failures } = outcome;
  return [
    fault,
    target,
    String(audit.created),
    String(audit.lost.length),
    String(audit.duplicates),
    formatSeconds(Math.max(audit.worstDelay.email, audit.worstDelay.telegram)),
    recovery === undefined ? '–' : formatSeconds(recovery),
    failures.length === 0 ? 'met' : 'MISSED',
  ];
}
