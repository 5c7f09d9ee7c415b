import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';

const program = join(import.meta.dirname, 'testing', 'end-process.ts');

async function end(how: string) {
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
  return { pid: child.pid, end: await ended };
}

test.each([
  ['busy', 'an event loop that is busy for ever', [null, 'SIGKILL']],
  ['exit', 'an exit that waits for the thread pool', [null, 'SIGKILL']],
  ['slow', 'a shutdown that waits for ever', [1, null]],
])('%s: %s ends at the deadline', async (how, _, expected) => {
  expect((await end(how)).end).toEqual(expected);
});

test.skipIf(process.platform !== 'linux')('a process that ends in time leaves no guard process', async () => {
  const ended = await end('well');
  expect(ended.end).toEqual([0, null]);
  const guards = () =>
    readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).at(-2) === String(ended.pid));
  await vi.waitFor(() => expect(guards()).toEqual([]), { timeout: 10_000 });
});

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
