import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const module = pathToFileURL(join(import.meta.dirname, 'parent-watch.ts')).href;

test('findParents returns runners and the shells between them, not the shell above them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parents-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, 'started.mjs'),
    `import { findParents } from '${module}';
     console.log(JSON.stringify(findParents().map(({ argv }) => argv)));`,
  );
  // Like pnpm: a script of Node.js that runs another one by a shell.
  writeFileSync(
    join(folder, 'pnpm.cjs'),
    `require('node:child_process').execFileSync('sh', ['-c', '"$0" "$1"; true', process.execPath, process.argv[2]], { stdio: 'inherit' });`,
  );
  const output = execFileSync(
    'sh',
    ['-c', '"$0" "$1" "$2"; true', process.execPath, join(folder, 'pnpm.cjs'), join(folder, 'started.mjs')],
    { encoding: 'utf8' },
  );
  const found = JSON.parse(output) as string[][];
  expect(found[0]?.slice(0, 2)).toEqual(['sh', '-c']);
  expect(found[1]?.[1]).toBe(join(folder, 'pnpm.cjs'));
  expect(found[2]?.join(' ') ?? '').not.toContain('pnpm.cjs');
});
