import { formatFigure, formatMarkdownTable, maxOfKnown, medianOfKnown, toMicroseconds } from './figures.ts';
import { explainLoads, formatGenerator, formatOthers } from './load-marks.ts';
import { median, medianRatio } from './medians.ts';
import type { Run } from './run-rounds.ts';

export interface Row {
  scenario: string;
  target: string;
  requestsPerSecond: number;
  /** Ratio to the first target per round; undefined for that one. */
  ratio: number | undefined;
  /** Milliseconds. */
  p50: number | undefined;
  p99: number | undefined;
  failures: number;
  /** CPU time per reply in µs. */
  api: number | undefined;
  postgres: number | undefined;
  redis: number | undefined;
  /** After the last round. */
  megabytes: number | undefined;
  generatorLoad: number | undefined;
  /** Maximum of all rounds, in processors. */
  otherLoad: number | undefined;
}

const HEADINGS = [
  'scenario',
  'target',
  'requests/s',
  'ratio',
  'p50 ms',
  'p99 ms',
  'non-2xx',
  'API µs',
  'PostgreSQL µs',
  'Redis µs',
  'API MB',
  'generator',
  'others',
];

export function summarize(runs: Run[], targets: string[]): Row[] {
  const scenarios = [...new Set(runs.map(({ scenario }) => scenario))];
  return scenarios.flatMap((scenario) => {
    const of = (target: string) => runs.filter((run) => run.scenario === scenario && run.target === target);
    const [first = ''] = targets;
    return targets.map((target) => {
      const own = of(target);
      const perReply = (name: 'api' | 'postgres' | 'redis') =>
        medianOfKnown(own.map((run) => toMicroseconds(run[name], run.replies)));
      return {
        scenario,
        target,
        requestsPerSecond: median(own.map(toSuccessRate)),
        ratio:
          target === first ? undefined : medianRatio(own.map(toSuccessRate), of(first).map(toSuccessRate)),
        p50: medianOfKnown(own.map(({ p50 }) => p50 ?? undefined)),
        p99: medianOfKnown(own.map(({ p99 }) => p99 ?? undefined)),
        failures: own.reduce((sum, { failures }) => sum + failures, 0),
        api: perReply('api'),
        postgres: perReply('postgres'),
        redis: perReply('redis'),
        megabytes: own.at(-1)?.megabytes,
        generatorLoad: medianOfKnown(own.map(({ generatorLoad }) => generatorLoad)),
        otherLoad: maxOfKnown(own.map(({ otherLoad }) => otherLoad)),
      };
    });
  });
}

export function formatTable(rows: Row[]): string {
  return formatMarkdownTable(HEADINGS, rows.map(formatRow));
}

export function explainMarks(rows: Row[]): string[] {
  const failed = '❌ Replies without 2xx, or broken connections: requests/s and latencies leave them out.';
  return [...(rows.some(hasFailed) ? [failed] : []), ...explainLoads(rows)];
}

const hasFailed = ({ failures }: Row) => failures > 0;

function formatRow(row: Row): string[] {
  return [
    row.scenario,
    row.target,
    formatFigure(row.requestsPerSecond, 0),
    formatFigure(row.ratio, 2),
    formatFigure(row.p50, 1),
    formatFigure(row.p99, 1),
    `${row.failures}${hasFailed(row) ? ' ❌' : ''}`,
    formatFigure(row.api, 0),
    formatFigure(row.postgres, 0),
    formatFigure(row.redis, 0),
    formatFigure(row.megabytes, 0),
    formatGenerator(row),
    formatOthers(row),
  ];
}

const toSuccessRate = ({ successes, seconds }: Run): number => successes / seconds;
