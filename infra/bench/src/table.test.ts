import { describe, expect, test } from 'vitest';
import type { Run } from './run-rounds.ts';
import { explainMarks, formatTable, summarize } from './table.ts';

const run = (target: string, round: number, changes: Partial<Run> = {}): Run => ({
  scenario: 'create-64',
  target,
  round,
  seconds: 1,
  replies: 1_000,
  successes: 1_000,
  failures: 0,
  p50: 1,
  p99: 2,
  api: 0.5,
  postgres: undefined,
  redis: undefined,
  generatorLoad: 0.2,
  otherLoad: 0,
  megabytes: 100,
  ...changes,
});

describe('summarize', () => {
  test('counts successes as requests/s, and CPU time over all replies', () => {
    const [row] = summarize([run('a', 1, { successes: 900, failures: 100 })], ['a']);
    expect(row).toMatchObject({ requestsPerSecond: 900, failures: 100, api: 500 });
  });

  test('compares targets within rounds and keeps unknown figures undefined', () => {
    const runs = [run('a', 1), run('b', 1, { successes: 500 }), run('a', 2, { successes: 100 })];
    const rows = summarize([...runs, run('b', 2, { successes: 50 })], ['a', 'b']);
    expect(rows.map(({ ratio }) => ratio)).toEqual([undefined, 0.5]);
    expect(rows.map(({ postgres }) => postgres)).toEqual([undefined, undefined]);
  });

  test('keeps a failure and a disturbance of one round visible', () => {
    const runs = [run('a', 1), run('a', 2, { failures: 1, otherLoad: 1.5 }), run('a', 3)];
    const rows = summarize(runs, ['a']);
    expect(rows).toMatchObject([{ failures: 1, otherLoad: 1.5 }]);
    expect(formatTable(rows)).toMatch(/\| 1 ❌ \|.*\| 1\.50 ⚠ \|$/);
    expect(explainMarks(rows)).toHaveLength(2);
  });
});

describe('formatTable', () => {
  test('shows a dash for an unknown figure', () => {
    const rows = summarize([run('a', 1, { p50: null, p99: null, successes: 0 })], ['a']);
    expect(formatTable(rows).split('\n').at(-1)).toBe(
      '| create-64 | a | 0 | – | – | – | 0 | 500 | – | – | 100 | 0.20 | 0.00 |',
    );
  });
});
