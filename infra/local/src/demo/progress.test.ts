import { expect, test } from 'vitest';
import { createProgress } from './progress.ts';

function write(isTTY: boolean): string {
  let written = '';
  const progress = createProgress(
    {
      isTTY,
      write: (text) => {
        written += text;
      },
    },
    'Storing',
  );
  for (const done of [1, 49, 50, 100]) progress(done, 100);
  return written;
}

test('draws one bar over itself on a terminal', () => {
  const frames = write(true).split('\r').slice(1);
  expect(frames).toHaveLength(4);
  expect(frames[2]).toBe(`Storing ${'█'.repeat(15)}${'░'.repeat(15)}  50 %`);
  expect(frames[3]).toBe(`Storing ${'█'.repeat(30)} 100 %\n`);
});

test('writes a line per tenth elsewhere', () => {
  expect(write(false).split('\n')).toEqual([
    'Storing  49 % (49 of 100 rows)',
    'Storing  50 % (50 of 100 rows)',
    'Storing 100 % (100 of 100 rows)',
    '',
  ]);
});
