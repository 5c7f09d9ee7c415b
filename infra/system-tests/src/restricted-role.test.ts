import { randomUUID } from 'node:crypto';
import { CreatedApiKey, Incident, Queue, Statistics } from '@incidents/contracts';
import { grantAccess } from '@incidents/db/grant-access';
import { eventually } from '@incidents/testing/eventually';
import { onServer } from '@incidents/testing/postgres/template';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { useServiceProcesses } from './service-process.ts';

const { serverUrl } = inject('testDatabase');
const database = useTestDatabase();
const role = `incidents_${randomUUID().replaceAll('-', '')}`;
const adminKey = randomUUID() + randomUUID();

beforeAll(() =>
  onServer(serverUrl, (client) => client.query(`create role ${role} login password 'only-for-tests'`)),
);
afterAll(async () => {
  await database.db.pool.query(`drop owned by ${role}`);
  await onServer(serverUrl, (client) => client.query(`drop role ${role}`));
});
const start = useServiceProcesses();

test('API and worker run as a role that may only read and write', async () => {
  const { pool } = database.db;
  const url = new URL(database.url);
  url.username = role;
  url.password = 'only-for-tests';
  const [port, workerPort] = [String(await findFreePort()), String(await findFreePort())];
  const shared = { DATABASE_URL: url.href };
  // The role only reads the schema and the record of migrations.
  await pool.query(`grant usage on schema graphile_worker to ${role};
    grant select on all tables in schema public, graphile_worker to ${role}`);
  const api = start('api', { ...shared, AUTH: 'keys', ADMIN_API_KEY: adminKey, PORT: port });
  const worker = start('worker', { ...shared, WORKER_PORT: workerPort });
  const send = async (method: string, path: string, body?: object) => {
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: reply.status, body: await reply.json().catch(() => undefined) };
  };
  const incident = { text: 'Бот не отвечает', description: 'с утра', source: 'monitoring' };

  await eventually(async () => {
    expect(await send('GET', '/readyz')).toMatchObject({
      status: 503,
      body: { checks: { database: 'ok', writes: 'failed' } },
    });
  }, 15_000);
  expect((await send('GET', '/incidents/')).status).toBe(200);
  await eventually(() => {
    expect(worker.lines).toContainEqual(
      expect.objectContaining({
        msg: 'the database takes no writes: waiting until it does',
        reason: expect.stringMatching(/^the role has no /),
      }),
    );
  }, 15_000);

  await grantAccess(database.url, role);
  await eventually(async () => expect((await send('GET', '/readyz')).status).toBe(200), 15_000);
  await eventually(async () => {
    expect((await fetch(`http://127.0.0.1:${workerPort}/readyz`)).status).toBe(200);
  }, 15_000);

  const created = await send('POST', '/incidents/', incident);
  expect(created.status).toBe(201);
  const { id } = Incident.parse(created.body);
  expect((await send('PATCH', `/incidents/${id}`, { status: 'закрыт' })).status).toBe(200);
  await eventually(async () => {
    const { rows } = await pool.query(`select state from deliveries where incident_id = $1`, [id]);
    expect(rows).toEqual(Array(4).fill({ state: 'logged' }));
    const { by_status } = Statistics.parse((await send('GET', '/statistics')).body);
    expect(by_status).toMatchObject({ закрыт: 1 });
  }, 15_000);
  expect(Queue.parse((await send('GET', '/queue')).body).workers).toHaveLength(1);

  const { rows } = await pool.query<{ id: number }>(
    `select id from graphile_worker.add_job('send_email_notification', '{}', max_attempts => 1)`,
  );
  const job = `/jobs/${rows[0]?.id}`;
  const hasFailed = () =>
    eventually(async () => expect((await send('GET', job)).body).toMatchObject({ state: 'failed' }), 15_000);
  await hasFailed();
  expect((await send('POST', `${job}/retry`)).status).toBe(200);
  await hasFailed();
  expect((await send('POST', '/jobs/failed/retry?task=send_email_notification')).body).toEqual({ jobs: 1 });
  await hasFailed();
  expect((await send('DELETE', job)).status).toBeLessThan(300);

  const key = await send('POST', '/keys', { name: 'monitoring', scopes: ['incidents:read'] });
  expect(key.status).toBe(201);
  expect((await send('DELETE', `/keys/${CreatedApiKey.parse(key.body).id}`)).status).toBeLessThan(300);

  for (const process of [api, worker]) {
    process.child.kill('SIGTERM');
    expect(await process.ended).toEqual({ code: 0, signal: null });
    expect(
      process.lines.filter(({ level, msg }) => level === 'error' && msg !== 'job failed for good'),
    ).toEqual([]);
  }
});
