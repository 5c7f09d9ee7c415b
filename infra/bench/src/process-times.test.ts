import { describe, expect, test } from 'vitest';
import { parseBusySeconds, parseProcessStat, sumCpu } from './process-times.ts';

/** A line of /proc/PID/stat with 120 + 30 ticks of its own and 40 + 10 of ended children. */
const stat = (name: string) =>
  `4711 (${name}) S 4700 4711 4711 0 -1 4194560 5000 90000 0 12 120 30 40 10 20 0 11 0 123456 1000000 2000 18446744073709551615`;

describe('parseProcessStat', () => {
  test.each(['node', 'postgres: 16/main', 'tmux: server (1)', ') S 1 2 (', 'two\nlines', 'a) R 9 9'])(
    'reads the fields after the name %j',
    (name) => {
      expect(parseProcessStat(stat(name))).toEqual({ pid: 4711, ppid: 4700, name, cpu: 2 });
    },
  );

  test.each(['', '4711', '4711 (node) S 4700', '4711 node S 4700 1 1'])('refuses %j', (line) => {
    expect(() => parseProcessStat(line)).toThrow('not a line of /proc/PID/stat');
  });
});

describe('parseBusySeconds', () => {
  test('adds all but idle and waiting, and no guest twice', () => {
    const line = 'cpu  100 200 300 99999 88888 10 20 7777 50 60\ncpu0 1 1 1 1 1 1 1 0 0 0\n';
    expect(parseBusySeconds(line)).toBe(6.3);
  });
});

describe('sumCpu', () => {
  const process = (pid: number, ppid: number, cpu: number) => ({ pid, ppid, cpu, name: 'x' });
  const processes = [process(1, 0, 1), process(2, 1, 10), process(3, 2, 100), process(4, 1, 1_000)];

  test('adds a process and its descendants', () => {
    expect(sumCpu(processes, [2])).toBe(110);
  });

  test('counts a root below another root once', () => {
    expect(sumCpu(processes, [1, 2, 3])).toBe(1_111);
  });

  test('is 0 for a process that has ended', () => {
    expect(sumCpu(processes, [5])).toBe(0);
  });
});
