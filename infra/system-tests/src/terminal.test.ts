import { PassThrough } from 'node:stream';
import { createTerminal } from '@incidents/local/terminal';
import { eventually } from '@incidents/testing/eventually';
import { openConnection } from '@incidents/testing/http/raw-http';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { expect, test } from 'vitest';
import { type ServiceProcess, useServiceProcesses, waitUntilReady } from './service-process.ts';

const database = useTestDatabase();
const start = useServiceProcesses();

const out = new PassThrough({ encoding: 'utf8' });
const print = createTerminal(out).printer('service');

function shown(process: ServiceProcess): string {
  for (const line of process.output.stdout.split('\n')) print(line);
  return String(out.read());
}

test('no bytes of clients reach the terminal as control characters', async () => {
  const port = await findFreePort();
  const api = start('api', { DATABASE_URL: database.url, PORT: String(port), LOG_LEVEL: 'debug' });
  const worker = start('worker', { DATABASE_URL: database.url, LOG_LEVEL: 'debug' });
  await waitUntilReady(`http://127.0.0.1:${port}`);

  // Any web page can cause this request.
  const reply = await fetch(`http://127.0.0.1:${port}/%1b%5D52;c;Zm9v%07%c2%9b31m%e2%80%ae?query=secret`);
  expect(reply.status).toBe(404);
  expect(await reply.json()).toMatchObject({ instance: '/%1b%5D52;c;Zm9v%07%c2%9b31m%e2%80%ae' });
  const connection = await openConnection(port);
  connection.write('GET /\u001b]52;c;Zm9v\u0007 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect((await connection.closed())[0]?.status).toBe(400);
  const incident = {
    text: 'C1 \u009b31m\u009d52;c;Zm9v\u009c',
    description: '\u001b[2J\u202eне то',
    source: 'x',
  };
  const created = await fetch(`http://127.0.0.1:${port}/incidents/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(incident),
  });
  expect(created.status).toBe(201);

  await eventually(() => {
    expect(shown(api)).toContain(' path=/%1b%5D52;c;Zm9v%07%c2%9b31m%e2%80%ae ');
    expect(shown(api)).toContain('unreadable request');
    expect(shown(worker)).toContain('\\u009b31m\\u009d52;c;Zm9v\\u009c');
    expect(shown(worker)).toContain('\\u001b[2J\\u202e');
  }, 30_000);
  expect(shown(api)).not.toContain('secret');
  for (const process of [api, worker]) expect(shown(process)).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
}, 150_000);
