import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { isAlive, listProcesses, readProcess, signal, waitUntilGone } from './process-table.ts';

test('a process is known by its pid and start until it ends', async () => {
  const child = spawn('sleep', ['30'], { stdio: 'ignore' });
  const found = readProcess(child.pid ?? 0);
  if (!found) throw new Error('the child is not in the process table');
  expect(found).toMatchObject({ ppid: process.pid, argv: ['sleep', '30'] });
  expect(listProcesses().map(({ pid }) => pid)).toContain(found.pid);
  expect(isAlive(found)).toBe(true);
  expect(isAlive({ ...found, startedAt: 'earlier' })).toBe(false);

  signal({ ...found, startedAt: 'earlier' }, 'SIGKILL');
  expect(await waitUntilGone([found], 100)).toBe(false);
  signal(found, 'SIGKILL');
  expect(await waitUntilGone([found], 5_000)).toBe(true);
});
