import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { isAlive, type ProcessIdentity, readProcess } from './crash-recovery/process-table.ts';
import { type SupervisedProgram, supervise } from './supervise.ts';

/** Supervises a script and records the calls. */
function run(script: string) {
  const folder = mkdtempSync(join(tmpdir(), 'supervise-'));
  const file = join(folder, 'main.mjs');
  writeFileSync(file, script);
  const seen = {
    lines: [] as string[],
    said: [] as string[],
    processes: [] as ProcessIdentity[],
    refused: 0,
  };
  const child: SupervisedProgram = supervise(
    { name: 'api', args: [file], cwd: folder, env: process.env },
    {
      onLine: (line) => seen.lines.push(line),
      say: (line) => seen.said.push(line),
      onProcess: (each) => each && seen.processes.push(each),
      onBadConfiguration: () => {
        seen.refused++;
      },
    },
  );
  onTestFinished(async () => {
    await child.stop(0);
    rmSync(folder, { recursive: true });
  });
  return { child, seen, file };
}

const alive = `process.send('ready'); console.log('up'); setInterval(() => {}, 1000);`;

test('supervise restarts a program that ends, with a growing delay', { timeout: 20_000 }, async () => {
  const { child, seen } = run(
    `process.send('ready'); console.log('up'); setTimeout(() => process.exit(3), 20);`,
  );
  await child.ready;
  await vi.waitFor(() => expect(seen.processes.length).toBeGreaterThan(2), 5_000);
  expect(seen.said.slice(0, 2)).toEqual([
    'api ended with code 3; starting it again in 0.5 s',
    'api ended with code 3; starting it again in 1 s',
  ]);
});

test('supervise does not restart a program after exit code 78', { timeout: 20_000 }, async () => {
  const { seen } = run('process.exit(78)');
  await vi.waitFor(() => expect(seen.refused).toBe(1), 5_000);
  expect(seen.said).toEqual([]);
  expect(seen.processes).toHaveLength(1);
});

test('restart starts the program at once, regardless of the delay', {
  timeout: 20_000,
}, async () => {
  const { child, seen, file } = run('process.exit(1)');
  // The fourth delay is 4 s.
  await vi.waitFor(() => expect(seen.said).toHaveLength(4), 10_000);
  writeFileSync(file, alive);
  child.restart(1_000);
  await Promise.race([child.ready, new Promise((_, reject) => setTimeout(reject, 3_500))]);
});

test('stop kills a program that ignores SIGTERM, and its children', { timeout: 20_000 }, async () => {
  const { child, seen } = run(`
    import { spawn } from 'node:child_process';
    process.on('SIGTERM', () => {});
    console.log(spawn('sleep', ['30']).pid);
    ${alive}`);
  await child.ready;
  await vi.waitFor(() => expect(seen.lines).toContain('up'));
  await child.stop(100);
  expect(seen.processes.some(isAlive)).toBe(false);
  const started = Number(seen.lines[0]);
  expect(started).toBeGreaterThan(0);
  await vi.waitFor(() => expect(readProcess(started)).toBeUndefined());
});
