import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createTerminal } from './terminal.ts';

function print(...lines: string[]): string[] {
  const out = new PassThrough({ encoding: 'utf8' });
  const printer = createTerminal(out).printer('worker');
  for (const line of lines) printer(line);
  return String(out.read()).trimEnd().split('\n');
}

test('printer prints a log entry with its fields on one line', () => {
  const time = new Date(2026, 0, 2, 3, 4, 5, 6).toISOString();
  const entry = { level: 'info', time, service: 'worker', msg: 'job done', task: 'send email', job_id: 3 };
  expect(print(JSON.stringify(entry))).toEqual([
    '03:04:05.006 INFO: worker job done task="send email" job_id=3',
  ]);
});

test('printer prints the stack of an error, and other output as it is', () => {
  const entry = {
    level: 'error',
    time: 0,
    msg: 'job failed',
    err: { message: 'no', stack: 'Error: no\n  at x' },
  };
  const lines = print(JSON.stringify(entry), 'plain', '{ not JSON', '');
  expect(lines[0]).toMatch(/ERROR: worker job failed$/);
  expect(lines.slice(1)).toEqual(['    Error: no', '      at x', 'worker plain', 'worker { not JSON']);
});

const HOSTILE = '\u001b]52;c;eA==\u0007 \u009b31m \u202e\u2028 \u007f\r';
const CONTROLS = /[^\P{C}\n]|[\u2028\u2029]/u;

test.each([
  ['a message', { level: 'info', time: 0, msg: HOSTILE }],
  ['a field', { level: 'info', time: 0, msg: 'm', path: HOSTILE, text: [HOSTILE], [HOSTILE]: 1 }],
  ['an error', { level: 'error', time: 0, msg: 'm', err: { stack: `${HOSTILE}\n${HOSTILE}` } }],
  ['an error without a stack', { level: 'error', time: 0, msg: 'm', err: HOSTILE }],
  [
    'fields of pino',
    { level: HOSTILE, time: HOSTILE, msg: 'm', caller: HOSTILE, name: HOSTILE, service: HOSTILE },
  ],
  ['a text', HOSTILE],
  ['JSON that is no log entry', `{ ${HOSTILE}`],
])('printer escapes control characters in %s', (_, entry) => {
  const shown = print(typeof entry === 'string' ? entry : JSON.stringify(entry)).join('\n');
  expect(shown).not.toMatch(CONTROLS);
  expect(shown).not.toBe('');
});

test('say escapes control characters and keeps lines', () => {
  const out = new PassThrough({ encoding: 'utf8' });
  createTerminal(out).say(`LOG:  ${HOSTILE}\nsecond`);
  const shown = String(out.read());
  expect(shown).not.toMatch(CONTROLS);
  expect(shown.split('\n')).toEqual([expect.stringContaining('\\u001b]52;c;eA=='), 'second', '']);
});
