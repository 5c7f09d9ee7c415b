import { createServer } from 'node:net';
import { Incident, NotReadyProblem, Problem, Readiness, Statistics } from '@incidents/contracts';
import { eventually } from '@incidents/testing/eventually';
import { afterChange } from '@incidents/testing/fixtures/incidents';
import { startCutOffProxy } from '@incidents/testing/postgres/cut-off-proxy';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type ServiceProcess, useServiceProcesses, waitUntilReady } from './service-process.ts';

/** Lines above level info, without the warnings about AUTH=off and about stalls. */
const findWarnings = (process: ServiceProcess) =>
  process.lines.filter(
    ({ level, msg }) =>
      !['debug', 'info'].includes(level) && !/^(AUTH=off|the process stood still)/.test(msg),
  );

/** Retries, because the server may not listen yet. */
const get = (url: string) => eventually(() => fetch(url));

const jobsOfAnEvent = ['send_email_notification', 'send_telegram_notification', 'update_incident_statistics'];

const json = (body: unknown) => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

describe('API and worker, started at the same time with an empty database', () => {
  // Declared first, so that it ends after the processes that use it.
  const database = useTestDatabase({ empty: true });
  const start = useServiceProcesses();
  let url: string;
  let api: ServiceProcess;
  let worker: ServiceProcess;

  beforeAll(async () => {
    const port = await findFreePort();
    url = `http://127.0.0.1:${port}`;
    worker = start('worker', { DATABASE_URL: database.url });
    api = start('api', { DATABASE_URL: database.url, PORT: String(port) });
  });

  const doneFor = (requestId: string) =>
    worker.lines
      .filter(({ msg, request_id }) => msg === 'job done' && request_id === requestId)
      .map(({ task }) => task)
      .sort();
  const statistics = async () => Statistics.parse(await (await get(`${url}/statistics`)).json());

  test('migrate it once and are ready', async () => {
    await waitUntilReady(url);
    const reply = await fetch(`${url}/readyz`);
    expect(Readiness.parse(await reply.json()).checks).toEqual({
      process: 'ok',
      database: 'ok',
      schema: 'ok',
      writes: 'ok',
    });
    await eventually(() => expect(worker.lines.map(({ msg }) => msg)).toContain('taking jobs'));
    const applied = [...api.lines, ...worker.lines]
      .map(({ msg }) => msg)
      .filter((msg) => msg.startsWith('applied migration'));
    expect(applied.length).toBeGreaterThan(0);
    expect(new Set(applied).size).toBe(applied.length);
  });

  test('run the jobs of a new and a changed incident under the ids of their requests', async () => {
    const before = await statistics();
    const reply = await fetch(`${url}/incidents/`, {
      method: 'POST',
      ...json({ text: 'Бот не отвечает', description: 'с утра', source: 'monitoring' }),
    });
    expect(reply.status).toBe(201);
    const incident = Incident.parse(await reply.json());
    const requestId = reply.headers.get('x-request-id') ?? '';

    await eventually(() => expect(doneFor(requestId)).toEqual(jobsOfAnEvent));
    await eventually(() =>
      expect(worker.lines).toContainEqual(
        expect.objectContaining({
          channel: 'email',
          transport: 'log',
          incident_id: incident.id,
          text: expect.stringContaining('Бот не отвечает'),
        }),
      ),
    );
    const after = await statistics();
    expect(after.total).toBe(before.total + 1);
    expect(after.by_status.новый).toBe((before.by_status.новый ?? 0) + 1);

    const patched = await fetch(`${url}/incidents/${incident.id}`, {
      method: 'PATCH',
      ...json({ status: 'закрыт' }),
      headers: { 'content-type': 'application/json', 'x-request-id': 'the-change' },
    });
    expect(Incident.parse(await patched.json())).toEqual(afterChange(incident, { status: 'закрыт' }));
    await eventually(() => expect(doneFor('the-change')).toEqual(jobsOfAnEvent));
    expect(await statistics()).toMatchObject({
      total: after.total,
      by_status: { новый: before.by_status.новый, закрыт: (before.by_status.закрыт ?? 0) + 1 },
    });
  });

  test('answer a burst and run each job once', async () => {
    const before = await statistics();
    const replies = await Promise.all(
      Array.from({ length: 60 }, () =>
        fetch(`${url}/incidents`, {
          method: 'POST',
          ...json({ text: 'Ещё один', description: 'из многих', source: 'partner' }),
        }),
      ),
    );
    expect(replies.map(({ status }) => status)).toEqual(Array(60).fill(201));
    const ids = replies.map(({ headers }) => headers.get('x-request-id') ?? '');
    await eventually(() => expect(ids.flatMap(doneFor)).toHaveLength(60 * jobsOfAnEvent.length));
    expect(worker.lines.filter(({ attempt }) => typeof attempt === 'number' && attempt > 1)).toEqual([]);
    expect((await statistics()).total).toBe(before.total + 60);
  });

  test('end with 0 after SIGTERM, with an open connection and running jobs', async () => {
    // fetch keeps its connections; this request leaves three jobs behind.
    await fetch(`${url}/incidents`, {
      method: 'POST',
      ...json({ text: 'Последний', description: 'перед концом', source: 'operator' }),
    });
    const begun = performance.now();
    api.child.kill('SIGTERM');
    worker.child.kill('SIGTERM');
    expect(await Promise.all([api.ended, worker.ended])).toEqual([
      { code: 0, signal: null },
      { code: 0, signal: null },
    ]);
    expect(performance.now() - begun).toBeLessThan(5_000);
    for (const process of [api, worker]) {
      expect(process.lines.at(-1)).toMatchObject({ level: 'info', msg: 'stopped' });
      expect(findWarnings(process)).toEqual([]);
      expect(process.output.stderr).toBe('');
    }
    const { rows } = await database.db.pool.query(
      'select task_identifier from graphile_worker.jobs where locked_by is not null',
    );
    expect(rows).toEqual([]);
  });
});

describe('without a database', () => {
  const database = useTestDatabase();
  const start = useServiceProcesses();

  test('the API is not ready, names the part, and becomes ready without a restart', async () => {
    const [port, databasePort] = [await findFreePort(), await findFreePort()];
    const address = new URL(database.url);
    address.hostname = '127.0.0.1';
    address.port = String(databasePort);
    const url = `http://127.0.0.1:${port}`;
    const api = start('api', { DATABASE_URL: address.href, PORT: String(port), LOCALE: 'en' });

    expect((await get(`${url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(503);
    expect(ready.headers.get('retry-after')).toBe('1');
    expect(NotReadyProblem.parse(await ready.json()).checks).toEqual({
      process: 'ok',
      database: 'failed',
      schema: 'unknown',
      writes: 'unknown',
    });
    const list = await fetch(`${url}/incidents/`);
    expect(list.status).toBe(503);
    expect(list.headers.get('content-type')).toContain('application/problem+json');
    expect(JSON.stringify(Problem.parse(await list.json()))).not.toMatch(/ECONN|127\.0\.0\.1|select/);

    const proxy = await startCutOffProxy(database.url, databasePort);
    await waitUntilReady(url);
    expect(await (await fetch(`${url}/incidents/`)).json()).toEqual([]);

    api.child.kill('SIGTERM');
    expect(await api.ended).toEqual({ code: 0, signal: null });
    await proxy.close();
    expect(findWarnings(api).filter(({ level }) => level !== 'warn')).toEqual([]);
  });

  test('the worker waits for it, and ends at once after SIGTERM', async () => {
    const worker = start('worker', {
      DATABASE_URL: `postgresql://stranger@127.0.0.1:${await findFreePort()}/nothing`,
    });
    await eventually(() =>
      expect(worker.lines).toContainEqual(
        expect.objectContaining({ level: 'warn', msg: 'the database is not ready' }),
      ),
    );
    worker.child.kill('SIGINT');
    expect(await worker.ended).toEqual({ code: 0, signal: null });
    expect(worker.lines.map(({ msg }) => msg)).not.toContain('taking jobs');
  });
});

describe('a bad environment', () => {
  const start = useServiceProcesses();

  test.each(['api', 'worker'] as const)('ends %s with 78 and names every variable', async (app) => {
    const bad = {
      DATABASE_URL: 'mysql://user:secret@host/name',
      DATABASE_POOL_SIZE: '0',
      LOCALE: 'xx',
      LOG_LEVEL: 'verbose',
      SHUTDOWN_TIMEOUT: 'soon',
      ...(app === 'api' ? { PORT: '65536' } : { WORKER_CONCURRENCY: '-1' }),
    };
    const process = start(app, bad);
    expect(await process.ended).toEqual({ code: 78, signal: null });
    for (const name of Object.keys(bad)) expect(process.output.stderr).toContain(`  ${name}: `);
    expect(process.output.stderr).not.toContain('secret');
    expect(process.lines).toEqual([]);
  });

  test('ends the API with 78 when its port is taken', async () => {
    const server = createServer();
    const port = await findFreePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const api = start('api', {
      DATABASE_URL: 'postgresql://stranger@127.0.0.1:1/nothing',
      PORT: String(port),
    });
    expect(await api.ended).toEqual({ code: 78, signal: null });
    expect(api.lines).toContainEqual(
      expect.objectContaining({ level: 'fatal', msg: expect.stringContaining(String(port)) }),
    );
  });
});

describe('an API with SHUTDOWN_DELAY after SIGTERM', () => {
  const database = useTestDatabase();
  const start = useServiceProcesses();

  test('fails /readyz, serves requests meanwhile, and ends with 0', async () => {
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    const api = start('api', { DATABASE_URL: database.url, PORT: String(port), SHUTDOWN_DELAY: '2' });
    await waitUntilReady(url);
    const begun = performance.now();
    api.child.kill('SIGTERM');
    await eventually(async () => {
      const reply = await fetch(`${url}/readyz`);
      expect(reply.status).toBe(503);
      expect(NotReadyProblem.parse(await reply.json()).checks).toMatchObject({
        process: 'failed',
        database: 'ok',
      });
    });
    const reported = await fetch(`${url}/incidents`, {
      method: 'POST',
      ...json({ text: 'Успел', description: 'перед концом', source: 'operator' }),
    });
    expect(reported.status).toBe(201);
    expect(reported.headers.get('connection')).toBe('close');
    expect(await api.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - begun).toBeGreaterThan(1_900);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});

describe('an API and its Redis', () => {
  const database = useTestDatabase();
  const start = useServiceProcesses();

  test.each([
    ['without one', {}, 'no REDIS_URL: each process limits for itself'],
    ['with an unavailable one', { REDIS_URL: 'redis://user:secret@127.0.0.1:1/0' }, 'Redis is unavailable'],
  ])('%s: starts, serves, logs it once, and ends at once', async (_, env, message) => {
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    const api = start('api', { DATABASE_URL: database.url, PORT: String(port), ...env });
    await waitUntilReady(url);
    for (let request = 0; request < 5; request++) {
      const reply = await fetch(`${url}/incidents/`);
      expect(reply.status).toBe(200);
      expect(reply.headers.get('ratelimit-policy')).toBe('"reads";q=12000;w=60');
      expect(reply.headers.get('ratelimit')).toMatch(new RegExp(`^"reads";r=${11_999 - request};t=\\d+$`));
    }
    const begun = performance.now();
    api.child.kill('SIGTERM');
    expect(await api.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(api.lines.filter(({ msg }) => msg.includes('Redis') || msg.includes('REDIS'))).toMatchObject([
      { msg: message },
    ]);
    expect(JSON.stringify(api.lines)).not.toContain('secret');
  });
});
