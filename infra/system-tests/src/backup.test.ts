import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Incident, Statistics } from '@incidents/contracts';
import { findProgram } from '@incidents/local/find-program';
import { eventually } from '@incidents/testing/eventually';
import { databaseUrl, onServer } from '@incidents/testing/postgres/template';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { useServiceProcesses, waitUntilReady } from './service-process.ts';

const run = promisify(execFile);
const { serverUrl } = inject('testDatabase');

const database = useTestDatabase();
const restoredName = `incidents_test_${Date.now()}_restored`;
const restored = databaseUrl(serverUrl, restoredName);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'incidents-backup-'));
});
afterAll(async () => {
  await onServer(serverUrl, (client) => client.query(`drop database if exists ${restoredName} with (force)`));
  await rm(folder, { recursive: true, force: true });
});
const start = useServiceProcesses();

async function whyNot(): Promise<string | undefined> {
  if (!findProgram(['pg_dump']) || !findProgram(['pg_restore']))
    return 'no pg_dump or pg_restore on the PATH';
  const { rows } = await database.db.pool.query('show server_version_num');
  const server = Math.floor(Number(rows[0].server_version_num) / 10_000);
  const { stdout } = await run('pg_dump', ['--version']);
  const ours = Number(/(\d+)/.exec(stdout)?.[1]);
  return ours >= server ? undefined : `pg_dump ${ours} cannot dump PostgreSQL ${server}`;
}

async function query(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function contentsOf(url: string): Promise<Record<string, string[]>> {
  const tables = [
    ...(await query(
      url,
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname in ('public', 'graphile_worker') order by 1`,
    )),
  ].map(({ name }) => String(name));
  const contents: Record<string, string[]> = {};
  for (const table of tables) {
    const rows = await query(url, `select t::text as row from ${table} as t order by 1`);
    contents[table] = rows.map(({ row }) => row);
  }
  return contents;
}

const apiOn = async (url: string) => {
  const port = String(await findFreePort());
  const api = start('api', {
    DATABASE_URL: url,
    PORT: port,
    AUTH: 'off',
    RATE_LIMIT_READS: '0',
    RATE_LIMIT_WRITES: '0',
  });
  const address = `http://127.0.0.1:${port}`;
  await waitUntilReady(address);
  return { api, address };
};
const workerOn = (url: string) => start('worker', { DATABASE_URL: url, STORM_THRESHOLD: '1000' });

async function send(method: string, address: string, body: object): Promise<Incident> {
  const reply = await fetch(address, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(reply.ok).toBe(true);
  return Incident.parse(await reply.json());
}
const report = (address: string, text: string) =>
  send('POST', `${address}/incidents/`, { text, description: 'с утра', source: 'monitoring' });

const isDone = (url: string) =>
  eventually(async () => {
    expect(
      await query(
        url,
        `select task_identifier from graphile_worker.jobs where task_identifier not like 'heartbeat:%'`,
      ),
    ).toEqual([]);
    expect(await query(url, `select id from deliveries where state <> 'logged'`)).toEqual([]);
  }, 40_000);

test('a restored backup loses nothing and does each queued job once', {
  timeout: 90_000,
}, async ({ skip }) => {
  const reason = await whyNot();
  skip(reason !== undefined, reason);

  const { api, address } = await apiOn(database.url);
  const worker = workerOn(database.url);
  const notified = [await report(address, 'До остановки'), await report(address, 'И ещё один')];
  await isDone(database.url);
  worker.child.kill('SIGTERM');
  await worker.ended;
  const queued: Incident[] = [];
  for (let index = 0; index < 20; index++) queued.push(await report(address, `В очереди ${index}`));
  await send('PATCH', `${address}/incidents/${notified[0]?.id}`, { status: 'закрыт' });
  await database.db.pool.query(
    `insert into worker_pools (pool_id, slot, name, concurrency, tasks)
     values ('pool-of-then', 99, 'worker-of-then', 50, '{}');
     update graphile_worker._private_jobs set locked_by = 'pool-of-then', locked_at = now(), attempts = 1
     where id = (select min(id) from graphile_worker._private_jobs)`,
  );

  const file = join(folder, 'incidents.dump');
  const contents = await contentsOf(database.url);
  await run('pg_dump', ['--format=custom', `--file=${file}`, database.url]);
  const after = await report(address, 'После копии');
  api.child.kill('SIGTERM');
  await api.ended;

  await onServer(serverUrl, (client) => client.query(`create database ${restoredName}`));
  await run('pg_restore', ['--exit-on-error', '--no-owner', `--dbname=${restored}`, file]);
  expect(await contentsOf(restored)).toEqual(contents);
  // This step is for another server and changes nothing here.
  const moved = await query(
    restored,
    `update incident_events set transaction = '3' where transaction >= pg_current_xact_id() returning id`,
  );
  expect(moved).toEqual([]);

  const now = await apiOn(restored);
  const successor = workerOn(restored);
  await isDone(restored);

  const statistics = Statistics.parse(await (await fetch(`${now.address}/statistics`)).json());
  expect(statistics.total).toBe(notified.length + queued.length);
  expect((await fetch(`${now.address}/incidents/${after.id}`)).status).toBe(404);
  const history = await (await fetch(`${now.address}/incidents/${notified[0]?.id}/events`)).json();
  expect(history).toHaveLength(2);
  // The backup contains the sequences.
  expect((await report(now.address, 'Новый')).id).toBe(after.id);
  await isDone(restored);

  for (const process of [now.api, successor]) {
    process.child.kill('SIGTERM');
    expect(await process.ended).toEqual({ code: 0, signal: null });
    expect(process.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  }

  // The log is complete once the worker has ended.
  const messages = successor.lines.filter(({ msg }) => msg === 'message rendered');
  const getChannels = ({ id }: Incident) =>
    messages
      .filter(({ incident_id }) => incident_id === id)
      .map(({ channel }) => channel)
      .sort();
  for (const incident of queued) expect(getChannels(incident)).toEqual(['email', 'telegram']);
  expect(notified.map(getChannels)).toEqual([['email', 'telegram'], []]);
  expect(new Set(messages.map(({ delivery_id }) => delivery_id)).size).toBe(messages.length);
});
