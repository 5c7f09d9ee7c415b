import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const program = join(import.meta.dirname, 'testing', 'never-ending.ts');

test.concurrent.each([
  ['busy', 'an event loop that is busy for ever', [null, 'SIGKILL']],
  ['exit', 'an exit that waits for the thread pool', [null, 'SIGKILL']],
  ['slow', 'a shutdown that waits for ever', [1, null]],
])('%s: %s does not outlive the deadline', async (how, _, end) => {
  const folder = mkdtempSync(join(tmpdir(), 'incidents-end-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const child = spawn(process.execPath, [program, how, pipe], {
    env: {},
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual(end);
});
