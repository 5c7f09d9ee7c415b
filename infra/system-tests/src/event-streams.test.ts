import { type IncomingMessage, request } from 'node:http';
import { StreamedEvent } from '@incidents/contracts';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { expect, test } from 'vitest';
import { useServiceProcesses, waitUntilReady } from './service-process.ts';

const database = useTestDatabase();
const start = useServiceProcesses();

async function startApi() {
  const port = await findFreePort();
  const process = start('api', { DATABASE_URL: database.url, PORT: String(port) });
  await waitUntilReady(`http://127.0.0.1:${port}`);
  return { port, process };
}

const create = async (port: number, text: string) => {
  const reply = await fetch(`http://127.0.0.1:${port}/incidents/`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text, description: 'с утра', source: 'operator' }),
  });
  expect(reply.status).toBe(201);
};

async function openStream(port: number, lastId?: string) {
  const headers = lastId === undefined ? {} : { 'Last-Event-ID': lastId };
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/incidents/stream', headers }, resolve)
      .on('error', reject)
      .end();
  });
  let text = '';
  const stream = { isComplete: false, lastId: () => [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] };
  reply.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  reply.on('end', () => {
    stream.isComplete = reply.complete;
  });
  const texts = () =>
    [...text.matchAll(/^data: (.*)$/gm)].map(
      ([, data]) => StreamedEvent.parse(JSON.parse(data ?? '')).incident?.text,
    );
  return { stream, untilTexts: (expected: string[]) => eventually(() => expect(texts()).toEqual(expected)) };
}

test('a stream has the events of all processes; SIGTERM ends it, and another process continues it', async () => {
  const [first, second] = [await startApi(), await startApi()];
  const before = await openStream(first.port);
  await create(second.port, 'one');
  await create(first.port, 'two');
  await before.untilTexts(['one', 'two']);

  const began = performance.now();
  first.process.child.kill('SIGTERM');
  expect(await first.process.ended).toEqual({ code: 0, signal: null });
  // An open stream does not use up SHUTDOWN_TIMEOUT.
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(before.stream.isComplete).toBe(true);

  await create(second.port, 'three');
  const restarted = await startApi();
  const after = await openStream(restarted.port, before.stream.lastId());
  await create(second.port, 'four');
  await after.untilTexts(['three', 'four']);
});
