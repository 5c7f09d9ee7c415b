import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { keepOpenApiCurrent } from './keep-openapi-current.ts';

/** A script that copies `source` to `file`, in the place of the one that builds the document. */
function prepare() {
  const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
  const [source, file, script] = ['source', 'openapi.json', 'write.mjs'].map((name) => join(folder, name));
  if (!source || !file || !script) throw new Error('no paths');
  const copy = `copyFileSync(${JSON.stringify(source)}, ${JSON.stringify(file)})`;
  writeFileSync(script, `import { copyFileSync } from 'node:fs';\n${copy};\n`);
  writeFileSync(source, 'one');
  writeFileSync(file, 'one');
  const onWritten = vi.fn(() => void seen.push(readFileSync(file, 'utf8')));
  const seen: string[] = [];
  const onError = vi.fn();
  /** In one step, so that the script never reads half of a text. */
  const write = (text: string) => {
    writeFileSync(`${source}.new`, text);
    renameSync(`${source}.new`, source);
  };
  const updates = keepOpenApiCurrent({ script, file, onWritten, onError });
  onTestFinished(() => {
    updates.stop();
    rmSync(folder, { recursive: true });
  });
  return { write, script, updates, onError, seen };
}

test('reports a changed document, and none that stays the same', async () => {
  const { write, updates, onError, seen } = prepare();
  updates.update();
  write('two');
  updates.update();
  await vi.waitFor(() => expect(seen).toEqual(['two']), 5_000);
  updates.update();
  write('three');
  updates.update();
  await vi.waitFor(() => expect(seen).toEqual(['two', 'three']), 5_000);
  expect(onError).not.toHaveBeenCalled();
});

test('reports a script that fails, and runs it again after the next change', async () => {
  const { write, script, updates, onError, seen } = prepare();
  const good = readFileSync(script, 'utf8');
  writeFileSync(script, 'syntax error');
  updates.update();
  await vi.waitFor(() => expect(onError).toHaveBeenCalledWith(expect.stringMatching(/SyntaxError/)), 5_000);
  writeFileSync(script, good);
  write('two');
  updates.update();
  await vi.waitFor(() => expect(seen).toEqual(['two']), 5_000);
});
