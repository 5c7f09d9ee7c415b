import { createServer, type Socket } from 'node:net';
import { Incident } from '@incidents/contracts';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import {
  type ServiceProcess,
  START_TIMEOUT_MS,
  useServiceProcesses,
  waitUntilReady,
} from './service-process.ts';

const database = useTestDatabase();
const start = useServiceProcesses();
let url: string;
beforeAll(async () => {
  const port = await findFreePort();
  url = `http://127.0.0.1:${port}`;
  start('api', { DATABASE_URL: database.url, PORT: String(port) });
  await waitUntilReady(url);
});

beforeEach(() => database.db.pool.query('truncate deliveries, outboxes, graphile_worker._private_jobs'));

async function report(): Promise<number> {
  const reply = await fetch(`${url}/incidents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'Бот не отвечает', description: 'с утра', source: 'monitoring' }),
  });
  expect(reply.status).toBe(201);
  return Incident.parse(await reply.json()).id;
}

const messages = ({ lines }: ServiceProcess) => lines.map(({ msg }) => msg);
const waitForRunner = (worker: ServiceProcess) =>
  eventually(() => expect(messages(worker)).toContain('taking jobs'), START_TIMEOUT_MS);
const waitForMessages = (incidentId: number) =>
  eventually(async () => {
    const { rows } = await database.db.pool.query(
      'select channel, state, attempts from deliveries where incident_id = $1 order by channel',
      [incidentId],
    );
    expect(rows).toMatchObject([
      { channel: 'email', state: 'logged' },
      { channel: 'telegram', state: 'logged' },
    ]);
  }, 15_000);

async function silentMailServer() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
  });
  const port = await findFreePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    env: {
      SMTP_URL: `smtp://127.0.0.1:${port}`,
      MAIL_FROM: 'incidents@example.com',
      MAIL_TO: 'duty@example.com',
    },
  };
}

/** The pool that has a mail under way, other than `former`. The worker's own check of the server is no mail. */
const waitForSendingPool = (former = '') =>
  eventually(async () => {
    const { rows } = await database.db.pool.query<{ claimed_by: string }>(
      `select claimed_by from deliveries where channel = 'email' and state = 'sending' and claimed_by <> $1`,
      [former],
    );
    expect(rows).toHaveLength(1);
    return rows[0]?.claimed_by ?? '';
  }, 15_000);

test('a worker whose connections are cut stays alive, is not ready meanwhile, and resumes', async () => {
  const port = await findFreePort();
  const worker = start('worker', { DATABASE_URL: database.url, WORKER_PORT: String(port) });
  const probe = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  await waitUntilReady(`http://127.0.0.1:${port}`);
  for (let round = 0; round < 3; round++) {
    await database.db.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database()
         and application_name in ('incidents-worker', 'incidents-heartbeat', 'incidents-notifications')`,
    );
    await waitForMessages(await report());
    expect(await probe('/healthz')).toBe(200);
  }
  await eventually(async () => expect(await probe('/readyz')).toBe(200));
  worker.child.kill('SIGTERM');
  expect(await worker.ended).toEqual({ code: 0, signal: null });
  expect(messages(worker)).toContain('a database connection broke');
  expect(worker.output.stderr).toBe('');
});

test('another worker soon takes the message of a killed worker and logs its former owner', async () => {
  const mail = await silentMailServer();
  const first = start('worker', { DATABASE_URL: database.url, ...mail.env });
  await waitForRunner(first);
  await report();
  const pool = await waitForSendingPool();
  first.child.kill('SIGKILL');
  await first.ended;
  const second = start('worker', { DATABASE_URL: database.url, ...mail.env });
  await waitForSendingPool(pool);
  await eventually(() =>
    expect(second.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', msg: 'jobs of expired leases were freed' }),
    ),
  );
  second.child.kill('SIGTERM');
  expect(await second.ended).toEqual({ code: 0, signal: null });
});

test('a worker that gets SIGTERM during a send ends in time and releases the message', async () => {
  const mail = await silentMailServer();
  const first = start('worker', { DATABASE_URL: database.url, SHUTDOWN_TIMEOUT: '4', ...mail.env });
  await waitForRunner(first);
  await report();
  const pool = await waitForSendingPool();
  const begun = performance.now();
  first.child.kill('SIGTERM');
  expect(await first.ended).toEqual({ code: 0, signal: null });
  expect(performance.now() - begun).toBeLessThan(4_000);
  const { rows } = await database.db.pool.query(
    `select state, attempts, next_attempt_at <= now() and outbox.due_at <= now() as due, owner
     from deliveries join outboxes as outbox on outbox.id = outbox_id where deliveries.channel = 'email'`,
  );
  expect(rows).toEqual([{ state: 'pending', attempts: 0, due: true, owner: null }]);
  expect(
    (await database.db.pool.query(`select slot from worker_pools where heartbeat_at > 'epoch'`)).rows,
  ).toEqual([]);
  const next = start('worker', { DATABASE_URL: database.url, ...mail.env });
  await waitForSendingPool(pool);
  next.child.kill('SIGTERM');
  expect(await next.ended).toEqual({ code: 0, signal: null });
});
