import { median, medianRatio } from './medians.ts';
import type { Run } from './rounds.ts';

/** All rounds of a scenario at a target. An undefined figure is not known. */
export interface Row {
  scenario: string;
  target: string;
  /** Replies with 2xx per second. */
  requestsPerSecond: number;
  /** The same in relation to the first target's, round by round; undefined for that one. */
  ratio: number | undefined;
  /** Milliseconds. */
  p50: number | undefined;
  p99: number | undefined;
  /** In all rounds. */
  failures: number;
  /** CPU time per reply in µs. */
  api: number | undefined;
  postgres: number | undefined;
  redis: number | undefined;
  /** After the last round. */
  megabytes: number | undefined;
  /** Processors. */
  generatorLoad: number | undefined;
  /** The most of any round, in processors. */
  otherLoad: number | undefined;
}

/** Processors. A load generator above it may limit the result. */
const BUSY_GENERATOR = 0.9;
/** Processors. Other processes above it may have slowed the run down. */
const BUSY_MACHINE = 0.3;

const UNKNOWN = '–';

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

/** One row per scenario and target, in the order of the runs' first round. */
export function summarize(runs: Run[], targets: string[]): Row[] {
  const scenarios = [...new Set(runs.map(({ scenario }) => scenario))];
  return scenarios.flatMap((scenario) => {
    const of = (target: string) => runs.filter((run) => run.scenario === scenario && run.target === target);
    const [first = ''] = targets;
    return targets.map((target) => {
      const own = of(target);
      const perReply = (name: 'api' | 'postgres' | 'redis') =>
        medianOf(own.map((run) => toMicroseconds(run[name], run.replies)));
      return {
        scenario,
        target,
        requestsPerSecond: median(own.map(successRate)),
        ratio: target === first ? undefined : medianRatio(own.map(successRate), of(first).map(successRate)),
        p50: medianOf(own.map(({ p50 }) => p50 ?? undefined)),
        p99: medianOf(own.map(({ p99 }) => p99 ?? undefined)),
        failures: own.reduce((sum, { failures }) => sum + failures, 0),
        api: perReply('api'),
        postgres: perReply('postgres'),
        redis: perReply('redis'),
        megabytes: own.at(-1)?.megabytes,
        generatorLoad: medianOf(own.map(({ generatorLoad }) => generatorLoad)),
        otherLoad: known(own.map(({ otherLoad }) => otherLoad))
          .toSorted((a, b) => a - b)
          .at(-1),
      };
    });
  });
}

/** The rows as a Markdown table. */
export function formatTable(rows: Row[]): string {
  const lines = [HEADINGS, HEADINGS.map((_, index) => (index < 2 ? '---' : '---:')), ...rows.map(cells)];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** The meaning of each mark that the table has. */
export function explainMarks(rows: Row[]): string[] {
  return [
    rows.some(hasFailed) &&
      '❌ Replies without 2xx, or broken connections: requests/s and latencies leave them out.',
    rows.some(hasBusyGenerator) &&
      '⚠ generator: it was busy most of the time, so the server may be faster than that.',
    rows.some(hasBusyMachine) && '⚠ others: other processes were busy in at least one round.',
  ].filter((line) => line !== false);
}

const hasFailed = ({ failures }: Row) => failures > 0;
const hasBusyGenerator = ({ generatorLoad = 0 }: Row) => generatorLoad > BUSY_GENERATOR;
const hasBusyMachine = ({ otherLoad = 0 }: Row) => otherLoad > BUSY_MACHINE;

function cells(row: Row): string[] {
  return [
    row.scenario,
    row.target,
    format(row.requestsPerSecond, 0),
    format(row.ratio, 2),
    format(row.p50, 1),
    format(row.p99, 1),
    `${row.failures}${hasFailed(row) ? ' ❌' : ''}`,
    format(row.api, 0),
    format(row.postgres, 0),
    format(row.redis, 0),
    format(row.megabytes, 0),
    `${format(row.generatorLoad, 2)}${hasBusyGenerator(row) ? ' ⚠' : ''}`,
    `${format(row.otherLoad, 2)}${hasBusyMachine(row) ? ' ⚠' : ''}`,
  ];
}

const format = (figure: number | undefined, digits: number): string =>
  figure === undefined || !Number.isFinite(figure)
    ? UNKNOWN
    : figure.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const successRate = ({ successes, seconds }: Run): number => successes / seconds;

const toMicroseconds = (seconds: number | undefined, replies: number): number | undefined =>
  seconds === undefined || replies === 0 ? undefined : (seconds * 1_000_000) / replies;

const known = (figures: (number | undefined)[]): number[] => figures.filter((figure) => figure !== undefined);

/** Of the rounds in which it is known. */
function medianOf(figures: (number | undefined)[]): number | undefined {
  const all = known(figures);
  return all.length === 0 ? undefined : median(all);
}
