import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createTerminal } from './terminal.ts';

function print(...lines: string[]): string[] {
  const out = new PassThrough({ encoding: 'utf8' });
  const printer = createTerminal(out).printer('worker');
  for (const line of lines) printer(line);
  return String(out.read()).trimEnd().split('\n');
}

test('a log line is one line, with its fields', () => {
  const time = new Date(2026, 0, 2, 3, 4, 5, 6).toISOString();
  const entry = { level: 'info', time, service: 'worker', msg: 'job done', task: 'send email', job_id: 3 };
  expect(print(JSON.stringify(entry))).toEqual([
    '03:04:05.006 INFO: worker job done task="send email" job_id=3',
  ]);
});

test('an error shows its stack, and what is no log line passes', () => {
  const entry = {
    level: 'error',
    time: 0,
    msg: 'job failed',
    err: { message: 'no', stack: 'Error: no\n  at x' },
  };
  const lines = print(JSON.stringify(entry), 'plain', '{ not JSON', '');
  expect(lines[0]).toMatch(/ERROR: worker job failed$/);
  expect(lines.slice(1)).toEqual(['    Error: no', '      at x', 'worker plain', '{ not JSON']);
});
