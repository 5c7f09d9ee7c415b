import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findProgram } from './find-program.ts';

test('findProgram prefers the first name and skips files that are not executable', () => {
  const folder = mkdtempSync(join(tmpdir(), 'programs-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [one, two] = [join(folder, 'one'), join(folder, 'two')];
  for (const place of [one, two]) mkdirSync(place);
  const path = [one, '', two].join(delimiter);
  const put = (file: string, mode: number) => {
    writeFileSync(file, '');
    chmodSync(file, mode);
  };

  expect(findProgram(['first', 'second'], { path })).toBeUndefined();
  put(join(one, 'second'), 0o755);
  expect(findProgram(['first', 'second'], { path })).toBe(join(one, 'second'));
  put(join(two, 'first'), 0o755);
  expect(findProgram(['first', 'second'], { path })).toBe(join(two, 'first'));
  mkdirSync(join(one, 'first'));
  expect(findProgram(['first'], { path })).toBe(join(two, 'first'));
  expect(findProgram(['first'], { path: one })).toBeUndefined();
  expect(findProgram(['first'], { path: one, folders: [two] })).toBe(join(two, 'first'));
});
