import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { isAlive, listProcesses, readProcess, sendSignal, waitForExit } from './process-table.ts';

test('isAlive and sendSignal identify a process by its pid and its start', async () => {
  const child = spawn('sleep', ['30'], { stdio: 'ignore' });
  const found = readProcess(child.pid ?? 0);
  if (!found) throw new Error('the child is not in the process table');
  expect(found).toMatchObject({ ppid: process.pid, argv: ['sleep', '30'] });
  expect(listProcesses().map(({ pid }) => pid)).toContain(found.pid);
  expect(isAlive(found)).toBe(true);
  expect(isAlive({ ...found, startedAt: 'earlier' })).toBe(false);

  sendSignal({ ...found, startedAt: 'earlier' }, 'SIGKILL');
  expect(await waitForExit([found], 100)).toBe(false);
  sendSignal(found, 'SIGKILL');
  expect(await waitForExit([found], 5_000)).toBe(true);
});
