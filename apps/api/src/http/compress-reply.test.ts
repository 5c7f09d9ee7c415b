import { once } from 'node:events';
import { type IncomingHttpHeaders, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { locales } from '../locale/locales.ts';
import { closeServer, createHttpServer, listen } from '../server.ts';
import { newIncident, useTestApp } from '../testing/test-app.ts';
import { answerRequest } from './answer-request.ts';
import type { HonoEnv } from './hono-env.ts';
import { jsonTextReply, type Reply } from './reply.ts';

const testApp = useTestApp();
const { post, database } = testApp;

interface RawReply {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
}

async function serve(app: Hono<HonoEnv>): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createHttpServer(app, { logger: testApp.log.logger, locale: locales.ru });
  await listen(server, { host: '127.0.0.1', port: 0 });
  return { port: (server.address() as AddressInfo).port, close: () => closeServer(server, 0) };
}

/** Node's `request` decodes nothing. */
async function send(
  port: number,
  path: string,
  acceptEncoding?: string,
  { method = 'GET', json }: { method?: string; json?: unknown } = {},
): Promise<RawReply> {
  const headers = {
    'Content-Type': 'application/json',
    ...(acceptEncoding !== undefined && { 'Accept-Encoding': acceptEncoding }),
  };
  const request = sendRequest({ port, path, method, headers });
  request.end(json === undefined ? undefined : JSON.stringify(json));
  const [incoming] = await once(request, 'response');
  return { status: incoming.statusCode, headers: incoming.headers, bytes: await buffer(incoming) };
}

const decoders: Record<string, (bytes: Buffer) => Buffer> = { br: brotliDecompressSync, gzip: gunzipSync };
const decode = ({ headers, bytes }: RawReply): Buffer =>
  decoders[headers['content-encoding'] ?? '']?.(bytes) ?? bytes;

/** Of a GET with this reply. */
async function serveReply(reply: Reply): Promise<number> {
  const dependencies = { logger: testApp.log.logger, locale: locales.ru, isStopping: () => false };
  const app = new Hono<HonoEnv>().get('/', (c) => answerRequest(c, dependencies, () => reply));
  const { port, close } = await serve(app);
  onTestFinished(close);
  return port;
}

describe('compressReply', () => {
  let port: number;
  let close: () => Promise<void>;

  beforeAll(async () => {
    await database.db.pool.query(
      `insert into incidents (text, description, status, source)
       select 'Бот молчит ' || n, repeat(md5(n::text), 3), 'новый', 'operator' from generate_series(1, 150) as n`,
    );
    ({ port, close } = await serve(testApp.app));
  });
  afterAll(() => close());

  describe('GET /incidents/', () => {
    test.each([
      ['gzip', 'gzip'],
      ['br', 'br'],
      ['gzip, deflate', 'gzip'],
      ['gzip, deflate, br, zstd', 'br'],
      ['GZIP;Q=0.5', 'gzip'],
      ['br;q=0.1, gzip;q=0.2', 'gzip'],
      ['br;q=0, gzip', 'gzip'],
      ['identity;q=0.1, gzip ; q=0.2', 'gzip'],
    ])('is sent for Accept-Encoding "%s" in %s, equal after decoding', async (accepted, encoding) => {
      const plain = await send(port, '/incidents/');
      const reply = await send(port, '/incidents/', accepted);
      expect(reply.headers).toMatchObject({
        'content-encoding': encoding,
        vary: 'Accept-Encoding',
        'content-type': 'application/json',
        'content-length': String(reply.bytes.length),
        link: plain.headers.link,
      });
      expect(reply.bytes.length).toBeLessThan(plain.bytes.length / 2);
      expect(decode(reply).equals(plain.bytes)).toBe(true);
    });

    test.each([
      undefined,
      '',
      'identity',
      'gzip;q=0',
      'br;q=0.0, gzip;q=0',
      'gzip;q=0.5, identity',
      'deflate, zstd',
      '*;q=0',
      'gzipped',
    ])('is sent as it is for Accept-Encoding %j, and varies', async (accepted) => {
      const { headers, bytes } = await send(port, '/incidents/', accepted);
      expect(headers).not.toHaveProperty('content-encoding');
      expect(headers).toMatchObject({ vary: 'Accept-Encoding', 'content-length': String(bytes.length) });
      expect(JSON.parse(bytes.toString())).toHaveLength(100);
    });

    test('has equal headers for HEAD, without a body', async () => {
      for (const path of ['/incidents/', '/incidents/?limit=150']) {
        for (const accepted of [undefined, 'gzip']) {
          const get = await send(port, path, accepted);
          const head = await send(port, path, accepted, { method: 'HEAD' });
          expect(head.bytes).toHaveLength(0);
          for (const name of ['content-encoding', 'vary', 'content-type', 'link'])
            expect(head.headers[name], name).toBe(get.headers[name]);
        }
      }
    });

    test.each(['gzip', 'br'])('is streamed in %s, equal after decoding', async (accepted) => {
      for (let index = 0; index < 8; index++)
        await post('/incidents/', { ...newIncident, description: `${index} ${'ёж '.repeat(10_000)}` });
      const plain = await send(port, '/incidents/?limit=150');
      const reply = await send(port, '/incidents/?limit=150', accepted);
      expect(reply.headers).toMatchObject({ 'content-encoding': accepted, 'transfer-encoding': 'chunked' });
      expect(reply.bytes.length).toBeLessThan(plain.bytes.length / 2);
      expect(decode(reply).equals(plain.bytes)).toBe(true);
    });

    test('is equal for requests that share a read, with and without compression', async () => {
      const plain = await send(port, '/incidents/?limit=50');
      const replies = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          send(port, '/incidents/?limit=50', [undefined, 'gzip', 'br'][index % 3]),
        ),
      );
      for (const reply of replies) expect(decode(reply).equals(plain.bytes)).toBe(true);
      expect(new Set(replies.map(({ headers }) => headers['content-encoding']))).toEqual(
        new Set([undefined, 'gzip', 'br']),
      );
    });
  });

  test.each([
    ['a new incident', 'POST', '/incidents/', newIncident, 201],
    ['a problem', 'GET', '/jobs/999999', undefined, 404],
    ['a refused request', 'POST', '/incidents/', {}, 422],
  ])('%s is too small', async (_, method, path, json, status) => {
    const reply = await send(port, path, 'gzip', { method, json });
    expect(reply.status).toBe(status);
    expect(reply.headers).not.toHaveProperty('content-encoding');
    expect(reply.headers).not.toHaveProperty('vary');
    expect(() => JSON.parse(reply.bytes.toString())).not.toThrow();
  });

  test.each([
    ['a'.repeat(1_021), undefined],
    ['a'.repeat(1_022), 'gzip'],
    [`${'ё'.repeat(510)}a`, undefined],
    ['ё'.repeat(511), 'gzip'],
    [`${'€'.repeat(340)}a`, undefined],
    [`${'€'.repeat(340)}aa`, 'gzip'],
  ])('begins at 1024 bytes: %s in %s', async (content, encoding) => {
    const text = JSON.stringify(content);
    const reply = await send(await serveReply(jsonTextReply(text)), '/', 'gzip');
    expect(reply.headers['content-encoding']).toBe(encoding);
    expect(decode(reply).toString()).toBe(text);
  });

  test('compresses a large problem', async () => {
    const problem = {
      status: 422,
      headers: { 'Content-Type': 'application/problem+json' },
      body: 'x'.repeat(2_000),
    };
    const reply = await send(await serveReply(problem), '/', 'gzip');
    expect(reply).toMatchObject({ status: 422, headers: { 'content-encoding': 'gzip' } });
    expect(decode(reply).toString()).toBe(problem.body);
  });

  const large = (headers: Record<string, string>) =>
    jsonTextReply(JSON.stringify('x'.repeat(2_000)), headers);

  test('makes a strong ETag weak when it compresses', async () => {
    const port = await serveReply(large({ ETag: '"3"' }));
    expect((await send(port, '/')).headers.etag).toBe('"3"');
    expect((await send(port, '/', 'gzip')).headers.etag).toBe('W/"3"');
    expect((await send(port, '/', 'gzip', { method: 'HEAD' })).headers.etag).toBe('W/"3"');
  });

  test('leaves a weak ETag', async () => {
    expect((await send(await serveReply(large({ ETag: 'W/"3"' })), '/', 'gzip')).headers.etag).toBe('W/"3"');
  });

  test('sends 304 with Vary and without a body', async () => {
    const port = await serveReply({ status: 304, headers: { ETag: '"3"' }, body: null });
    const { status, headers, bytes } = await send(port, '/', 'gzip');
    expect({ status, bytes: bytes.length }).toEqual({ status: 304, bytes: 0 });
    expect(headers).toMatchObject({ etag: '"3"', vary: 'Accept-Encoding' });
    expect(headers).not.toHaveProperty('content-encoding');
  });

  test('sends replies as they are while 16 MiB wait to be compressed', async () => {
    const dependencies = { logger: testApp.log.logger, locale: locales.ru, isStopping: () => false };
    const text = JSON.stringify('x'.repeat(4 * 1024 * 1024));
    // Distinct replies, which share nothing.
    const app = new Hono<HonoEnv>().get('/', (c) =>
      answerRequest(c, dependencies, () => jsonTextReply(text)),
    );
    const encodingsOf = (count: number) =>
      Promise.all(
        Array.from({ length: count }, async () => {
          const reply = await app.request('/', { headers: { 'Accept-Encoding': 'gzip' } });
          return reply.headers.get('content-encoding');
        }),
      );
    expect(await encodingsOf(6)).toEqual(['gzip', 'gzip', 'gzip', 'gzip', null, null]);
    expect(await encodingsOf(1)).toEqual(['gzip']);
  });
});

describe('the documentation', () => {
  test.each(['/openapi.json', '/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js'])(
    '%s is compressed, equal after decoding',
    async (path) => {
      const { port, close } = await serve(testApp.app);
      onTestFinished(close);
      const plain = await send(port, path);
      for (const accepted of ['gzip', 'br', 'gzip']) {
        const reply = await send(port, path, accepted);
        expect(reply.headers).toMatchObject({
          'content-encoding': accepted,
          vary: 'Accept-Encoding',
          'content-length': String(reply.bytes.length),
        });
        expect(reply.bytes.length).toBeLessThan(plain.bytes.length / 2);
        expect(decode(reply).equals(plain.bytes)).toBe(true);
      }
    },
  );

  test('an image is sent as it is', async () => {
    const { port, close } = await serve(testApp.app);
    onTestFinished(close);
    const { headers } = await send(port, '/docs/favicon-32x32.png', 'gzip');
    expect(headers).not.toHaveProperty('content-encoding');
    expect(headers).not.toHaveProperty('vary');
  });
});
