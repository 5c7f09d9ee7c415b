import { formatFigure, formatMarkdownTable, maxOfKnown, medianOfKnown, toMicroseconds } from './figures.ts';
import { explainLoads, formatGenerator, formatOthers } from './load-marks.ts';
import type { NoOpRun } from './run-no-op-load.ts';
import type { NotificationRun } from './run-notification-load.ts';
import type { WorkerRuns } from './run-worker-rounds.ts';
import type { OtherLoads } from './start-meter.ts';

export interface NotificationRow extends OtherLoads {
  load: string;
  target: string;
  incidentsPerSecond: number | undefined;
  messagesPerSecond: number | undefined;
  /** CPU time per incident in µs. */
  worker: number | undefined;
  postgres: number | undefined;
  /** Milliseconds from 201 until the message arrived at the last mailbox or chat. */
  mailP50: number | undefined;
  mailP99: number | undefined;
  chatP50: number | undefined;
  chatP99: number | undefined;
  missing: number;
  copies: number;
}

export interface NoOpRow extends Pick<OtherLoads, 'otherLoad'> {
  load: string;
  target: string;
  jobsPerSecond: number | undefined;
  /** CPU time per job in µs. */
  worker: number | undefined;
  postgres: number | undefined;
}

export interface WorkerRows {
  notification: NotificationRow[];
  noOp: NoOpRow[];
}

const NOTIFICATION_HEADINGS = [
  'load',
  'target',
  'incidents/s',
  'messages/s',
  'worker µs',
  'PostgreSQL µs',
  '201 → mail p50 ms',
  'p99 ms',
  '201 → chat p50 ms',
  'p99 ms',
  'missing',
  'copies',
  'generator',
  'others',
];

const NO_OP_HEADINGS = ['load', 'target', 'jobs/s', 'worker µs', 'PostgreSQL µs', 'others'];

export function summarizeWorkerRuns({ notification, noOp }: WorkerRuns): WorkerRows {
  return {
    notification: groupByLoad(notification).map(summarizeNotificationRuns),
    noOp: groupByLoad(noOp).map(summarizeNoOpRuns),
  };
}

export function formatWorkerTables({ notification, noOp }: WorkerRows): string {
  const tables = [
    ...(notification.length > 0
      ? [formatMarkdownTable(NOTIFICATION_HEADINGS, notification.map(formatNotificationRow))]
      : []),
    ...(noOp.length > 0 ? [formatMarkdownTable(NO_OP_HEADINGS, noOp.map(formatNoOpRow))] : []),
  ];
  return tables.join('\n\n');
}

export const explainWorkerMarks = ({ notification, noOp }: WorkerRows): string[] => [
  ...(notification.some(({ missing }) => missing > 0)
    ? ['❌ Messages that did not arrive in time: all figures leave them out.']
    : []),
  ...explainLoads([...notification, ...noOp]),
];

const groupByLoad = <Run extends { load: string }>(runs: Run[]): Run[][] => [
  ...Map.groupBy(runs, ({ load }) => load).values(),
];

function summarizeNotificationRuns(runs: NotificationRun[]): NotificationRow {
  const median = (figure: (run: NotificationRun) => number | undefined) => medianOfKnown(runs.map(figure));
  const sum = (figure: (run: NotificationRun) => number) =>
    runs.reduce((total, run) => total + figure(run), 0);
  return {
    load: runs[0]?.load ?? '',
    target: runs[0]?.target ?? '',
    incidentsPerSecond: median((run) => toPerSecond(countNotifiedIncidents(run), run.seconds)),
    messagesPerSecond: median(({ messages, seconds }) => toPerSecond(messages, seconds)),
    worker: median((run) => toMicroseconds(run.worker, countNotifiedIncidents(run))),
    postgres: median((run) => toMicroseconds(run.postgres, countNotifiedIncidents(run))),
    mailP50: median(({ mail }) => mail.p50 ?? undefined),
    mailP99: median(({ mail }) => mail.p99 ?? undefined),
    chatP50: median(({ chat }) => chat.p50 ?? undefined),
    chatP99: median(({ chat }) => chat.p99 ?? undefined),
    missing: sum(({ missing }) => missing),
    copies: sum(({ copies }) => copies),
    generatorLoad: median(({ generatorLoad }) => generatorLoad),
    otherLoad: maxOfKnown(runs.map(({ otherLoad }) => otherLoad)),
  };
}

/** Incidents whose messages arrived; partial ones count in proportion. */
const countNotifiedIncidents = ({ messages, recipients }: NotificationRun): number =>
  messages / (2 * recipients);

function summarizeNoOpRuns(runs: NoOpRun[]): NoOpRow {
  const median = (figure: (run: NoOpRun) => number | undefined) => medianOfKnown(runs.map(figure));
  return {
    load: runs[0]?.load ?? '',
    target: runs[0]?.target ?? '',
    jobsPerSecond: median(({ jobs, seconds }) => toPerSecond(jobs, seconds)),
    worker: median(({ worker, jobs }) => toMicroseconds(worker, jobs)),
    postgres: median(({ postgres, jobs }) => toMicroseconds(postgres, jobs)),
    otherLoad: maxOfKnown(runs.map(({ otherLoad }) => otherLoad)),
  };
}

const toPerSecond = (count: number, seconds: number): number | undefined =>
  seconds > 0 ? count / seconds : undefined;

const formatNotificationRow = (row: NotificationRow): string[] => [
  row.load,
  row.target,
  formatFigure(row.incidentsPerSecond, 0),
  formatFigure(row.messagesPerSecond, 0),
  formatFigure(row.worker, 0),
  formatFigure(row.postgres, 0),
  formatFigure(row.mailP50, 1),
  formatFigure(row.mailP99, 1),
  formatFigure(row.chatP50, 1),
  formatFigure(row.chatP99, 1),
  `${row.missing}${row.missing > 0 ? ' ❌' : ''}`,
  String(row.copies),
  formatGenerator(row),
  formatOthers(row),
];

const formatNoOpRow = (row: NoOpRow): string[] => [
  row.load,
  row.target,
  formatFigure(row.jobsPerSecond, 0),
  formatFigure(row.worker, 0),
  formatFigure(row.postgres, 0),
  formatOthers(row),
];
