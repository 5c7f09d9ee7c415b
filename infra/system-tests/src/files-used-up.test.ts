import { execFileSync } from 'node:child_process';
import { Agent, request } from 'node:http';
import { findProgram } from '@incidents/local/find-program';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { startChild } from '@incidents/testing/processes/start-child';
import { expect, onTestFinished, test } from 'vitest';

const database = useTestDatabase();
const prlimit = process.platform === 'linux' ? findProgram(['prlimit']) : undefined;

const REQUESTS = 10;

const INCIDENT = JSON.stringify({ text: 'Авария', description: 'учебная', source: 'test' });

const send = (agent: Agent | undefined, method: string, url: string, body = '') =>
  new Promise<{ status: number | undefined; retryAfter: string | undefined }>((resolve, reject) => {
    const sent = request(url, { agent, method, headers: { 'content-type': 'application/json' } }, (reply) => {
      reply.resume();
      reply.on('end', () => resolve({ status: reply.statusCode, retryAfter: reply.headers['retry-after'] }));
    });
    sent.on('error', reject);
    sent.end(body);
  });

test.skipIf(prlimit === undefined)(
  'an API without a file descriptor left answers 503, and goes on when there are some',
  async () => {
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    const api = startChild('apps/api/dist/main.js', [], {
      AUTH: 'off',
      DATABASE_URL: database.url,
      LOG_LEVEL: 'silent',
      PORT: String(port),
    });
    onTestFinished(() => api.kill());
    await api.ready;
    const limitFiles = (files: number) =>
      execFileSync(prlimit ?? '', ['--pid', String(api.pid), `--nofile=${files}:`]);
    // The clients connect first, so only connections to PostgreSQL lack files.
    const clients = Array.from({ length: REQUESTS }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    onTestFinished(() => {
      for (const client of clients) client.destroy();
    });
    await Promise.all(clients.map((client) => send(client, 'GET', `${url}/healthz`)));
    // The limit is below the number of open files, so closing one makes no room for another.
    limitFiles(3);
    const answers = await Promise.all(
      clients.map((client) => send(client, 'POST', `${url}/incidents/`, INCIDENT)),
    );
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused).toEqual(refused.map(() => ({ status: 503, retryAfter: '1' })));

    limitFiles(1_024);
    const [client] = clients;
    expect(await send(client, 'POST', `${url}/incidents/`, INCIDENT)).toMatchObject({ status: 201 });
  },
);
