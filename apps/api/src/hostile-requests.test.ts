import { once } from 'node:events';
import type { Server } from 'node:http';
import { exchange, openConnection } from '@incidents/testing/http/raw-http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { locales } from './locale/locales.ts';
import { closeServer, createHttpServer, listen } from './server.ts';
import { asDocumented } from './testing/as-documented.ts';
import { withText } from './testing/incident-json.ts';
import { newIncident, useTestApp } from './testing/test-app.ts';

// Each reply is validated against the OpenAPI document, and an `error` log line fails its test.
const testApp = useTestApp();
const { request, post, log } = testApp;

describe('hostile request targets', () => {
  test.each([
    ['/incidents/%00', 422],
    ['/incidents/1%00', 422],
    ['/incidents/%FF', 422],
    ['/incidents/%ZZ', 422],
    ['/incidents/%', 422],
    ['/incidents/%C0%80', 422],
    ['/incidents/%D0%BD', 422],
    ['/incidents/1%2F2', 422],
    ['/incidents/%2e%2e%2f', 422],
    ['/incidents/null', 422],
    ['/incidents/1;drop', 422],
    [`/incidents/${'x'.repeat(20_000)}`, 422],
    [`/incidents/${2 ** 31}`, 404],
    ['/incidents/9223372036854775808', 404],
    ['/incidents/9007199254740993', 404],
    ['/incidents/-1', 404],
    ['/%00', 404],
    ['/%FF', 404],
    ['/%ZZ', 404],
    ['/инциденты', 404],
    [`/${'x'.repeat(20_000)}`, 404],
    [`/${'x/'.repeat(5_000)}`, 404],
    ['/incidents/?status=%00', 422],
    ['/incidents/?skip=%00', 422],
    ['/incidents/?skip=-1', 422],
    ['/incidents/?skip=1.5', 422],
    ['/incidents/?skip=9223372036854775808', 422],
    ['/incidents/?limit=-1', 422],
    ['/incidents/?limit=1.5', 422],
    ['/incidents/?limit=2147483648', 422],
    ['/incidents/?limit=1e3', 422],
    ['/incidents/?limit=0x10', 422],
    ['/incidents/?limit=5%200', 422],
    ['/incidents/?limit=', 422],
    ['/incidents/?limit=NaN', 422],
    ['/incidents/?limit[]=5', 200],
    ['/incidents/?status[$ne]=x', 200],
    ['/incidents/?%00=%00', 200],
    ['/incidents/?__proto__=x&constructor=y&toString=z', 200],
    ['/incidents/?&&&=&=', 200],
    ['/incidents/???', 200],
    [`/incidents/?${'a=1&'.repeat(5_000)}`, 200],
  ])('GET %s: %i', async (target, expected) => {
    expect((await request(target)).status).toBe(expected);
  });

  test.each(['%FF', '%ZZ', '%', '%ED%A0%80', 'x'.repeat(20_000), '%25', "'", '%F0%9F%98%80'])(
    'a status of %s matches no incident',
    async (status) => {
      const reply = await request(`/incidents/?status=${status}`);
      expect(reply.status).toBe(200);
      expect(reply.body).toEqual([]);
    },
  );
});

describe('requests over a socket', () => {
  let server: Server;
  let port = 0;

  beforeAll(async () => {
    server = createHttpServer(testApp.app, { logger: log.logger, locale: locales.ru });
    await listen(server, { host: '127.0.0.1', port: 0 });
    const address = server.address();
    if (address !== null && typeof address === 'object') port = address.port;
  });
  afterAll(() => closeServer(server, 0));

  const head = (line: string, ...headers: string[]) =>
    `${line}\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers.map((text) => `${text}\r\n`).join('')}\r\n`;

  async function send(method: string, path: string, ...parts: (string | Uint8Array)[]) {
    const [reply, ...more] = await exchange(port, ...parts);
    expect(more).toEqual([]);
    if (reply === undefined) throw new Error('the connection was closed without a reply');
    const { status, headers, body } = reply;
    return asDocumented(method, path, new Response(body === '' ? null : body, { status, headers }));
  }

  const chunked = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`;

  test('a body may have a Content-Length or be chunked', async () => {
    const body = withText('текст');
    const length = `Content-Length: ${Buffer.byteLength(body)}`;
    const whole = await send(
      'POST',
      '/incidents/',
      head('POST /incidents/ HTTP/1.1', length, 'Connection: close'),
      body,
    );
    expect(whole.body).toMatchObject({ text: 'текст' });
    const inChunks = await send(
      'POST',
      '/incidents',
      head('POST /incidents HTTP/1.1', 'Transfer-Encoding: chunked', 'Connection: close'),
      chunked(body),
    );
    expect(inChunks.body).toMatchObject({ text: 'текст' });
  });

  test('a filter may be unencoded, as curl sends it', async () => {
    await post('/incidents/', { ...newIncident, status: 'закрыт' });
    const { status, body } = await send('GET', '/incidents/', head('GET /incidents/?status=закрыт HTTP/1.1'));
    expect(status).toBe(200);
    expect(body).toEqual([expect.objectContaining({ status: 'закрыт' })]);
  });

  test('a body of 513 KiB gets 413 and ends the connection', async () => {
    const body = 'x'.repeat(513 * 1024);
    for (const [header, sent] of [
      [`Content-Length: ${body.length}`, body],
      [`Content-Length: ${body.length}`, ''],
      ['Transfer-Encoding: chunked', chunked(body)],
    ] as const) {
      const { status, headers } = await send(
        'POST',
        '/incidents/',
        head('POST /incidents/ HTTP/1.1', header),
        sent,
      );
      expect(status, header).toBe(413);
      expect(headers.get('connection')).toBe('close');
    }
  });

  test('a client can finish sending a body of 600 KiB before it gets 413', async () => {
    const half = 'x'.repeat(300 * 1024);
    const connection = await openConnection(port);
    connection.write(head('POST /incidents/ HTTP/1.1', `Content-Length: ${2 * half.length}`), half);
    await exchange(port, head('GET /healthz HTTP/1.1', 'Connection: close'));
    expect(connection.received()).toBe('');
    connection.write(half);
    const [reply] = await connection.closed();
    expect(reply?.status).toBe(413);
  });

  test.each([
    ['with a Content-Length', `Content-Length: ${600 * 1024}`, 'x'.repeat(600 * 1024)],
    ['in chunks', 'Transfer-Encoding: chunked', chunked('x'.repeat(600 * 1024))],
  ])('an ignored body %s does not block the next request', async (_, header, sent) => {
    const replies = await exchange(
      port,
      head('POST /deliveries/999999/retry HTTP/1.1', header),
      sent,
      head('GET /healthz HTTP/1.1', 'Connection: close'),
    );
    expect(replies.map(({ status }) => status)).toEqual([404, 200]);
  });

  test.each(['TRACE', 'PROPFIND', 'OPTIONS', 'PUT', 'DELETE', 'QUERY'])(
    '%s gets 405 with Allow',
    async (method) => {
      const { status, headers } = await send(
        method,
        '/incidents/',
        head(`${method} /incidents/ HTTP/1.1`, 'Connection: close', 'Content-Length: 0'),
      );
      expect(status).toBe(405);
      expect(headers.get('allow')).toBe('GET, HEAD, POST');
    },
  );

  test('an unknown method gets 400', async () => {
    const [reply] = await exchange(port, head('BREW /incidents/ HTTP/1.1'));
    expect(reply?.status).toBe(400);
  });

  test('HEAD has no body', async () => {
    const target = '/healthz HTTP/1.1';
    const [get] = await exchange(port, head(`GET ${target}`, 'Connection: close'));
    const connection = await openConnection(port);
    connection.write(head(`HEAD ${target}`, 'Connection: close'));
    await connection.closed();
    expect(get?.body).toBe('{"status":"ok"}');
    expect(connection.received()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(connection.received()).toMatch(/\r\n\r\n$/);
  });

  test.each([
    ['with a Content-Length', 'Content-Length: 1000', '{"text":"поло'],
    ['in chunks', 'Transfer-Encoding: chunked', '7\r\n{"text"\r\n'],
  ])('a broken body %s is logged at info alone', async (_, header, half) => {
    const arrived = once(server, 'request');
    const connection = await openConnection(port);
    connection.write(head('POST /incidents/ HTTP/1.1', header, 'X-Request-Id: broken-off'), half);
    await arrived;
    connection.destroy();
    const line = () => log.lines.find(({ request_id }) => request_id === 'broken-off');
    await vi.waitFor(() => expect(line()).toBeDefined());
    expect(line()).toMatchObject({ level: 'info', msg: 'request', status: 400 });
    expect(log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('the service is still ready afterwards', async () => {
    expect((await send('GET', '/readyz', head('GET /readyz HTTP/1.1', 'Connection: close'))).status).toBe(
      200,
    );
  });
});
