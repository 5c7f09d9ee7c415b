import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { listProcesses } from '../crash-recovery/process-table.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

const settings = { fsync: 'off' };
const timeout = 30_000;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const processesOn = (folder: string) => listProcesses().filter(({ argv }) => argv.join(' ').includes(folder));

async function query(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('startEmbeddedPostgres keeps data between runs and knows Russian letters', { timeout }, async () => {
  const dataDir = newFolder();
  const first = await startEmbeddedPostgres({ dataDir, port: 0, settings });
  await query(first.url, 'create table kept as select 1 as one; create extension pg_trgm');
  await expect(query(first.url.replace(/:[^:@]+@/, ':wrong@'), 'select')).rejects.toThrow(/password/);
  await first.stop();
  // The guard ends a moment after its dismissal.
  await vi.waitFor(() => expect(processesOn(dataDir)).toEqual([]), 5_000);

  const second = await startEmbeddedPostgres({ dataDir, port: 0, settings });
  onTestFinished(() => second.stop());
  const [row] = await query(
    second.url,
    `select one, lower('БОТ') as lower, similarity('Бот молчит', 'бот') > 0.3 as similar from kept`,
  );
  expect(row).toEqual({ one: 1, lower: 'бот', similar: true });
});

test.each(['fast', 'immediate'] as const)(
  'restart(%s) keeps the port and the data',
  { timeout },
  async (mode) => {
    const server = await startEmbeddedPostgres({ dataDir: newFolder(), port: 0, settings, temporary: true });
    onTestFinished(() => server.stop());
    const { pid } = server;
    let ended = false;
    server.ended.then(() => {
      ended = true;
    });
    await query(server.url, 'create table kept as select 1 as one');
    await server.restart(mode);
    expect(server.pid).not.toBe(pid);
    expect(await query(server.url, 'select one from kept')).toEqual([{ one: 1 }]);
    expect(ended).toBe(false);
    await server.stop();
    await vi.waitFor(() => expect(ended).toBe(true));
  },
);

test('startEmbeddedPostgres leaves no server and no temporary folder when its process is killed', {
  timeout,
}, async () => {
  const dataDir = newFolder();
  const module = pathToFileURL(join(import.meta.dirname, 'embedded-postgres.ts')).href;
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(module)});
    await startEmbeddedPostgres(${JSON.stringify({ dataDir, port: 0, settings, temporary: true })});
    console.log('started');`;
  const launcher = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => launcher.stdout.once('data', resolve));
  expect(processesOn(dataDir).length).toBeGreaterThan(0);
  launcher.kill('SIGKILL');
  await vi.waitFor(() => expect(processesOn(dataDir)).toEqual([]), 9_000);
  expect(existsSync(dataDir)).toBe(false);
});

test('startEmbeddedPostgres stops an orphaned server on the same folder', { timeout }, async () => {
  const dataDir = newFolder();
  const left = await startEmbeddedPostgres({ dataDir, port: 0, settings });
  const lines: string[] = [];
  const next = await startEmbeddedPostgres({ dataDir, port: 0, settings, log: (line) => lines.push(line) });
  onTestFinished(() => next.stop());
  await left.ended;
  expect(lines).toEqual(['stopped a PostgreSQL that an earlier run had left behind']);
  expect(await query(next.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});
