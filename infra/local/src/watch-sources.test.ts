import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { watchSources } from './watch-sources.ts';

test('watchSources reports files saved in place or by renaming, also in new folders', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'watch-'));
  const changes: string[][] = [];
  const stop = watchSources([folder], (paths) => changes.push(paths));
  onTestFinished(() => {
    stop();
    rmSync(folder, { recursive: true });
  });
  const next = async (path: string) => {
    await vi.waitFor(() => expect(changes.flat()).toContain(path), 2_000);
    changes.length = 0;
  };
  const file = join(folder, 'app.ts');
  writeFileSync(file, '1');
  await next(file);
  for (const content of ['2', '3']) {
    writeFileSync(`${file}~`, content);
    renameSync(`${file}~`, file);
    await next(file);
  }
  const inner = join(folder, 'routes');
  mkdirSync(inner);
  await next(inner);
  writeFileSync(join(inner, 'app.test.ts'), 'a test');
  writeFileSync(join(inner, 'list.ts'), '1');
  await vi.waitFor(() => expect(changes).toEqual([[join(inner, 'list.ts')]]), 2_000);
});
