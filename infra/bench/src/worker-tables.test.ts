import { describe, expect, test } from 'vitest';
import type { NoOpRun } from './run-no-op-load.ts';
import type { NotificationRun } from './run-notification-load.ts';
import { explainWorkerMarks, formatWorkerTables, summarizeWorkerRuns } from './worker-tables.ts';

const notificationRun = (round: number, changes: Partial<NotificationRun> = {}): NotificationRun => ({
  load: 'told-2',
  target: 'service',
  round,
  recipients: 2,
  incidents: 100,
  messages: 400,
  seconds: 2,
  missing: 0,
  copies: 0,
  mail: { p50: 10, p99: 20 },
  chat: { p50: 30, p99: 40 },
  worker: 0.1,
  postgres: 0.05,
  generatorLoad: 0.2,
  otherLoad: 0,
  ...changes,
});

const noOp: NoOpRun = {
  load: 'no-op-jobs',
  target: 'service',
  round: 1,
  jobs: 1_000,
  seconds: 0.5,
  worker: 0.1,
  postgres: undefined,
  generatorLoad: undefined,
  otherLoad: 1,
};

describe('summarizeWorkerRuns', () => {
  test('counts an incident once and each of its messages', () => {
    expect(summarizeWorkerRuns({ notification: [notificationRun(1)], noOp: [] }).notification).toMatchObject([
      { incidentsPerSecond: 50, messagesPerSecond: 200, worker: 1_000, postgres: 500 },
    ]);
  });

  test('takes medians of the rounds, and sums of missing and duplicate messages', () => {
    const runs = [
      notificationRun(1),
      notificationRun(2, { seconds: 4, missing: 2, copies: 1, chat: { p50: null, p99: null } }),
      notificationRun(3, { seconds: 8, missing: 1, mail: { p50: 16, p99: 90 } }),
    ];
    expect(summarizeWorkerRuns({ notification: runs, noOp: [] }).notification).toMatchObject([
      { incidentsPerSecond: 25, mailP50: 10, mailP99: 20, chatP50: 30, missing: 3, copies: 1 },
    ]);
  });

  test('excludes missing messages from the rate, and has no rate without a message', () => {
    const half = notificationRun(1, { messages: 200, missing: 200 });
    expect(summarizeWorkerRuns({ notification: [half], noOp: [] }).notification).toMatchObject([
      { incidentsPerSecond: 25 },
    ]);
    const none = notificationRun(1, { messages: 0, seconds: 0 });
    expect(
      summarizeWorkerRuns({ notification: [none], noOp: [] }).notification[0]?.incidentsPerSecond,
    ).toBeUndefined();
  });

  test('counts jobs per second and CPU time per job', () => {
    expect(summarizeWorkerRuns({ notification: [], noOp: [noOp] }).noOp).toMatchObject([
      { jobsPerSecond: 2_000, worker: 100, postgres: undefined },
    ]);
  });
});

describe('formatWorkerTables', () => {
  test('shows one table per kind of load, with marks that are explained', () => {
    const rows = summarizeWorkerRuns({ notification: [notificationRun(1, { missing: 1 })], noOp: [noOp] });
    const lines = formatWorkerTables(rows).split('\n');
    expect(lines).toContain(
      '| told-2 | service | 50 | 200 | 1,000 | 500 | 10.0 | 20.0 | 30.0 | 40.0 | 1 ❌ | 0 | 0.20 | 0.00 |',
    );
    expect(lines.at(-1)).toBe('| no-op-jobs | service | 2,000 | 100 | – | 1.00 ⚠ |');
    expect(explainWorkerMarks(rows)).toHaveLength(2);
  });

  test('has no table without runs', () => {
    expect(formatWorkerTables({ notification: [], noOp: [] })).toBe('');
  });
});
