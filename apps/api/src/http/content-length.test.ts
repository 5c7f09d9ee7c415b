import { type AddressInfo, connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { exchange } from '@incidents/testing/http/raw-http';
import type { Hono } from 'hono';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { locales } from '../locale/locales.ts';
import { closeServer, createHttpServer, listen } from '../server.ts';
import { nextOf } from '../testing/pages.ts';
import { type TestApp, useTestApp } from '../testing/test-app.ts';
import type { HonoEnv } from './hono-env.ts';

const testApp = useTestApp();
const crossOriginApp = useTestApp({ corsOrigins: ['https://console.example'] });

async function serve(app: Hono<HonoEnv>): Promise<number> {
  const server = createHttpServer(app, { logger: testApp.log.logger, locale: locales.ru });
  await listen(server, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => closeServer(server, 0));
  return (server.address() as AddressInfo).port;
}

interface Sent {
  method?: string;
  headers?: Record<string, string>;
}

function requestText(target: string, { method = 'GET', headers = {} }: Sent = {}): string {
  const lines = Object.entries({ Host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `${[`${method} ${target} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`;
}

/** The body is all that the server sends until it closes the connection. */
async function send(port: number, target: string, { method, headers }: Sent = {}) {
  const socket = connect(port, '127.0.0.1');
  socket.write(requestText(target, { method, headers: { Connection: 'close', ...headers } }));
  const bytes = await buffer(socket);
  const headEnd = bytes.indexOf('\r\n\r\n');
  const [statusLine, ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const pairs = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(statusLine?.split(' ')[1]),
    headers: new Headers(pairs),
    lengths: pairs.filter(([name]) => name === 'content-length').map(([, value]) => Number(value)),
    body: bytes.subarray(headEnd + 4),
  };
}

const TEXTS = {
  ASCII: 'the bot is silent',
  Cyrillic: 'Бот не отвечает на команды ',
  emoji: '\u{1F600}\u{1F469}\u200D\u{1F692}',
  'the ends of each UTF-8 length': '\u007f\u0080\u07ff\u0800\ud7ff\ue000\ufeff\uffff\u{10000}\u{10FFFF}',
  'what JSON escapes': '"\\/\b\f\n\r\t\u0001\u001f\u2028\u2029',
};

const store = async ({ database }: TestApp, texts: string[], descriptions = texts) => {
  await database.db.pool.query('truncate incidents restart identity');
  await database.db.pool.query(
    `insert into incidents (text, description, status, source)
     select text, description, 'новый', 'operator' from unnest($1::text[], $2::text[]) as given (text, description)`,
    [texts, descriptions],
  );
};

test.each(Object.entries(TEXTS))(
  'Content-Length of GET /incidents/1 counts the bytes of %s',
  async (_, text) => {
    await store(testApp, [text]);
    const reply = await send(await serve(testApp.app), '/incidents/1');
    expect(reply).toMatchObject({ status: 200, lengths: [reply.body.length] });
    expect(JSON.parse(reply.body.toString()).text).toBe(text);
  },
);

describe('Content-Length of GET /incidents/', () => {
  let port: number;

  beforeEach(async () => {
    port = await serve(testApp.app);
    await store(testApp, Object.values(TEXTS));
  });

  const textsOf = ({ body }: { body: Buffer }) =>
    JSON.parse(body.toString()).map(({ text }: { text: string }) => text);

  test.each(Object.entries(TEXTS))('counts the bytes of %s', async (_, text) => {
    await store(testApp, Array(25).fill(text));
    const reply = await send(port, '/incidents/?limit=20');
    expect(reply).toMatchObject({ status: 200, lengths: [reply.body.length] });
    expect(textsOf(reply)).toEqual(Array(20).fill(text));
  });

  const all = Object.values(TEXTS).toReversed();
  test.each([
    { query: 'limit=4', texts: all.slice(0, 4), hasMore: true },
    { query: 'limit=5', texts: all, hasMore: false },
    { query: 'limit=6', texts: all, hasMore: false },
    { query: 'skip=3&limit=1', texts: all.slice(3, 4), hasMore: true },
    { query: 'skip=4&limit=1', texts: all.slice(4), hasMore: false },
    { query: 'skip=5', texts: [], hasMore: false },
    { query: 'status=no', texts: [], hasMore: false },
    { query: 'limit=0', texts: [], hasMore: false },
    // Not a small page.
    { query: 'limit=129', texts: all, hasMore: false },
  ])('?$query has $texts.length incidents, a next page: $hasMore', async ({ query, texts, hasMore }) => {
    const reply = await send(port, `/incidents/?${query}`);
    expect(reply).toMatchObject({ status: 200, lengths: [reply.body.length] });
    expect(textsOf(reply)).toEqual(texts);
    expect(nextOf(reply.headers) !== undefined).toBe(hasMore);
  });

  test('a small page has the bytes of one that is not small', async () => {
    const [small, large] = [await send(port, '/incidents/'), await send(port, '/incidents/?limit=129')];
    expect(small.body.equals(large.body)).toBe(true);
    expect(small.headers.get('etag')).toBe(large.headers.get('etag'));
  });

  test('a page before a large description, and one with it', async () => {
    await store(testApp, ['first', 'second'], ['ё'.repeat(5_000), 'ж']);
    for (const limit of [1, 2]) {
      const reply = await send(port, `/incidents/?limit=${limit}`);
      expect(reply.lengths).toEqual([reply.body.length]);
      expect(textsOf(reply)).toHaveLength(limit);
    }
  });

  test.each(['/incidents/?limit=2', '/incidents/?limit=0', '/incidents/?status=no', '/incidents/?limit=129'])(
    'HEAD %s has that of GET and no body',
    async (target) => {
      const get = await send(port, target);
      const head = await send(port, target, { method: 'HEAD' });
      expect(head).toMatchObject({ status: 200, lengths: get.lengths, body: Buffer.alloc(0) });
    },
  );

  test('304 has none', async () => {
    const { headers } = await send(port, '/incidents/');
    const tag = headers.get('etag') ?? '';
    for (const method of ['GET', 'HEAD']) {
      const reply = await send(port, '/incidents/', { method, headers: { 'If-None-Match': tag } });
      expect(reply).toMatchObject({ status: 304, lengths: [], body: Buffer.alloc(0) });
    }
  });

  test('in gzip it is that of the compressed bytes', async () => {
    const plain = await send(port, '/incidents/');
    const headers = { 'Accept-Encoding': 'gzip' };
    const reply = await send(port, '/incidents/', { headers });
    expect(reply.headers.get('content-encoding')).toBe('gzip');
    expect(reply.lengths).toEqual([reply.body.length]);
    expect(gunzipSync(reply.body).equals(plain.body)).toBe(true);
    expect(await send(port, '/incidents/', { method: 'HEAD', headers })).toMatchObject({ lengths: [] });
    const etag = reply.headers.get('etag') ?? '';
    expect(await send(port, '/incidents/', { headers: { ...headers, 'If-None-Match': etag } })).toMatchObject(
      { status: 304, lengths: [], body: Buffer.alloc(0) },
    );
  });

  test('of a page that is too small for gzip it is that of its text', async () => {
    for (const target of ['/incidents/?limit=1', '/incidents/?limit=0']) {
      const reply = await send(port, target, { headers: { 'Accept-Encoding': 'gzip' } });
      expect(reply.headers.has('content-encoding')).toBe(false);
      expect(reply.lengths).toEqual([reply.body.length]);
    }
  });

  test('requests that share a page have the same bytes', async () => {
    const sent = (['GET', 'HEAD', 'GET', 'GET'] as const).map((method) => ({
      method,
      reply: send(port, '/incidents/?limit=4', { method }),
    }));
    const gzip = send(port, '/incidents/?limit=4', { headers: { 'Accept-Encoding': 'gzip' } });
    const { body } = await send(port, '/incidents/?limit=4');
    for (const { method, reply } of sent) {
      const { lengths, body: own } = await reply;
      expect(lengths).toEqual([body.length]);
      expect(own).toEqual(method === 'GET' ? body : Buffer.alloc(0));
    }
    const compressed = await gzip;
    expect(compressed.lengths).toEqual([compressed.body.length]);
    expect(gunzipSync(compressed.body)).toEqual(body);
  });

  test('the next reply of the connection begins behind the page', async () => {
    const page = requestText('/incidents/');
    const replies = await exchange(
      port,
      page,
      requestText('/incidents/?limit=0'),
      page,
      requestText('/healthz', { headers: { Connection: 'close' } }),
    );
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(replies[0]?.body).toBe(replies[2]?.body);
    expect(JSON.parse(replies[0]?.body ?? '')).toHaveLength(all.length);
    expect(replies[1]?.body).toBe('[]');
  });

  test('is sent once with the headers of CORS', async () => {
    await store(crossOriginApp, all);
    const origin = { Origin: 'https://console.example' };
    const reply = await send(await serve(crossOriginApp.app), '/incidents/', { headers: origin });
    expect(reply.headers.get('access-control-allow-origin')).toBe(origin.Origin);
    expect(reply.lengths).toEqual([reply.body.length]);
  });
});
