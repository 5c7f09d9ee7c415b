import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { eventually } from '@incidents/testing/eventually';
import { exchange, openConnection } from '@incidents/testing/http/raw-http';
import { useTestLogger } from '@incidents/testing/test-logger';
import { Hono } from 'hono';
import { afterEach, describe, expect, test } from 'vitest';
import { locales } from '../locale/locales.ts';
import { closeServer, createHttpServer, listen } from '../server.ts';
import { answerRequest } from './answer-request.ts';
import type { HonoEnv } from './hono-env.ts';
import { createReplyStreams } from './reply-streams.ts';

const { logger, lines, expectErrors } = useTestLogger();
let server: Server | undefined;
afterEach(async () => {
  if (server) await closeServer(server, 0);
});

async function start(parts: () => AsyncIterable<Uint8Array>): Promise<number> {
  const streams = createReplyStreams({ logger });
  const dependencies = { logger, locale: locales.ru, isStopping: () => false };
  const app = new Hono<HonoEnv>().get('/', (c) =>
    answerRequest(c, dependencies, ({ id }) =>
      streams.open({ c, context: { requestId: id } }, parts(), { Link: '<next>' }),
    ),
  );
  server = createHttpServer(app, { logger, locale: locales.ru });
  await listen(server, { host: '127.0.0.1', port: 0 });
  return (server.address() as AddressInfo).port;
}

describe.each(['identity', 'br', 'gzip'])('createReplyStreams with Accept-Encoding: %s', (encoding) => {
  const GET = `GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nAccept-Encoding: ${encoding}\r\n\r\n`;

  test('sends the parts as one body, with the given headers', async () => {
    const port = await start(async function* () {
      for (const part of ['["ё"', ',"б"', ']']) yield Buffer.from(part);
    });
    const reply = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'Accept-Encoding': encoding } });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('link')).toBe('<next>');
    expect(reply.headers.get('content-type')).toBe('application/json');
    expect(reply.headers.has('content-length')).toBe(false);
    expect(reply.headers.get('content-encoding') ?? 'identity').toBe(encoding);
    expect(reply.headers.get('vary')).toBe('Accept-Encoding');
    expect(await reply.json()).toEqual(['ё', 'б']);
  });

  test('reads no part for HEAD', async () => {
    let read = 0;
    const port = await start(async function* () {
      read += 1;
      yield Buffer.from('[]');
    });
    const [reply] = await exchange(port, GET.replace('GET', 'HEAD'));
    expect(reply).toMatchObject({ status: 200 });
    expect(reply?.headers.get('link')).toBe('<next>');
    expect(reply?.headers.get('content-encoding') ?? 'identity').toBe(encoding);
    expect(reply?.headers.get('vary')).toBe('Accept-Encoding');
    expect(read).toBe(0);
  });

  test('sends a part before the next one is read', async () => {
    const { promise: received, resolve: receive } = Promise.withResolvers<void>();
    const port = await start(async function* () {
      yield Buffer.from('["first",');
      await received;
      yield Buffer.from('"second"]');
    });
    const reply = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'Accept-Encoding': encoding } });
    let text = '';
    for await (const bytes of reply.body ?? []) {
      text += Buffer.from(bytes).toString();
      receive();
    }
    expect(text).toBe('["first","second"]');
  });

  test.each([
    ['before the first part', 0],
    ['after some parts', 3],
  ])('closes the connection after an error %s, without an end or the cause', async (_, good) => {
    expectErrors();
    const port = await start(async function* () {
      for (let part = 0; part < good; part++) yield Buffer.from('a part');
      throw new Error('the secret cause');
    });
    const connection = await openConnection(port);
    connection.write(GET);
    await connection.closed();
    expect(connection.received()).not.toContain('secret');
    expect(connection.received().endsWith('0\r\n\r\n')).toBe(false);
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        msg: 'a reply was broken off',
        request_id: expect.any(String),
        path: '/',
        err: expect.objectContaining({ message: 'the secret cause' }),
      }),
    );
  });

  test('reads no further than socket buffers for a stuck client, and stops when it disconnects', async () => {
    const SOME_MB = 64;
    let read = 0;
    let ended = false;
    const port = await start(async function* () {
      try {
        for (; read < SOME_MB; read++) yield randomBytes(1_048_576);
      } finally {
        ended = true;
      }
    });
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(GET);
    // Without a `data` listener the client reads nothing; the system buffers a few megabytes.
    await eventually(() => expect(read).toBeGreaterThan(0));
    let before: number;
    do {
      before = read;
      await new Promise((resolve) => setTimeout(resolve, 100));
    } while (read !== before);
    expect(read).toBeLessThan(SOME_MB / 2);
    expect(ended).toBe(false);
    socket.destroy();
    await eventually(() => expect(ended).toBe(true));
  });

  test('stops without a log line when the client disconnects during a read', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    let ended = false;
    const port = await start(async function* () {
      try {
        yield Buffer.from('[');
        begin();
        await held;
        yield Buffer.from(']');
      } finally {
        ended = true;
      }
    });
    const connection = await openConnection(port);
    connection.write(GET);
    await begun;
    const closed = new Promise<void>((resolve) => server?.once('request', () => resolve()));
    connection.destroy();
    await exchange(port, 'GET /missing HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n');
    await closed;
    release();
    await eventually(() => expect(ended).toBe(true));
    expect(lines.map(({ msg }) => msg)).not.toContain('a reply was broken off');
  });
});
