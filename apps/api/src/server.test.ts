import { once } from 'node:events';
import type { Server } from 'node:http';
import { Problem } from '@incidents/contracts';
import { exchange, openConnection, type RawReply } from '@incidents/testing/http/raw-http';
import { useTestLogger } from '@incidents/testing/test-logger';
import { type Context, Hono } from 'hono';
import { afterEach, describe, expect, test } from 'vitest';
import { answerRequest } from './http/answer-request.ts';
import { clientAddress } from './http/client-address.ts';
import type { HonoEnv } from './http/hono-env.ts';
import { locales } from './locale/locales.ts';
import { closeServer, createHttpServer, listen } from './server.ts';

const { logger, lines, expectErrors } = useTestLogger();
const open = new Set<Server>();

afterEach(async () => {
  await Promise.all([...open].map((server) => closeServer(server, 0)));
  open.clear();
});

async function start(timeouts: Parameters<typeof createHttpServer>[2] = {}) {
  let stopping = false;
  const slow = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const dependencies = { logger, locale: locales.ru, isStopping: () => stopping };
  const answerText = (c: Context<HonoEnv>, makeText: () => string | Promise<string>) =>
    answerRequest(c, dependencies, async () => ({ status: 200, headers: {}, body: await makeText() }));
  const app = new Hono<HonoEnv>()
    .get('/', (c) => answerText(c, () => 'here'))
    .get('/query', (c) => answerText(c, () => c.req.query('q') ?? ''))
    .get('/address', (c) => answerText(c, () => clientAddress(c, 0)))
    .get('/slow', (c) =>
      answerText(c, async () => {
        arrived.resolve();
        await slow.promise;
        return 'at last';
      }),
    )
    .get('/broken', () => {
      throw null;
    })
    .post('/echo', (c) => answerText(c, () => c.req.text().catch(() => 'broken off')));
  const server = createHttpServer(app, { logger, locale: locales.ru }, timeouts);
  await listen(server, { host: '127.0.0.1', port: 0 });
  open.add(server);
  return {
    server,
    port: portOf(server),
    arrived: arrived.promise,
    answerSlow: slow.resolve,
    close(timeoutMs = 10_000) {
      stopping = true;
      open.delete(server);
      return closeServer(server, timeoutMs);
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return address.port;
}

const GET = (path: string, connection = 'keep-alive') =>
  `GET ${path} HTTP/1.1\r\nHost: test\r\nConnection: ${connection}\r\n\r\n`;

function expectProblem(reply: RawReply | undefined, status: number) {
  expect(reply?.status).toBe(status);
  expect(reply?.headers.get('content-type')).toBe('application/problem+json');
  expect(reply?.headers.get('connection')).toBe('close');
  const problem = Problem.parse(JSON.parse(reply?.body ?? ''));
  expect(problem).toMatchObject({ status, request_id: reply?.headers.get('x-request-id') });
  expect(lines).toContainEqual(expect.objectContaining({ request_id: problem.request_id, status }));
  return problem;
}

describe('closeServer', () => {
  test('answers a pending request with Connection: close', async () => {
    const { port, arrived, answerSlow, close } = await start();
    const connection = await openConnection(port);
    connection.write(GET('/slow'));
    await arrived;
    const closed = close();
    answerSlow();
    const [reply] = await connection.closed();
    expect(reply).toMatchObject({ status: 200, body: 'at last' });
    expect(reply?.headers.get('connection')).toBe('close');
    await closed;
  });

  test('closes idle connections at once', async () => {
    const { port, close } = await start();
    const connection = await openConnection(port);
    connection.write(GET('/'));
    expect(await connection.replies(1)).toHaveLength(1);
    await close();
    expect(await connection.closed()).toHaveLength(1);
  });

  test('refuses new connections while a request is pending', async () => {
    const { port, arrived, answerSlow, close } = await start();
    const connection = await openConnection(port);
    connection.write(GET('/slow'));
    await arrived;
    const closed = close();
    await expect(openConnection(port)).rejects.toThrow('ECONNREFUSED');
    answerSlow();
    expect(await connection.closed()).toHaveLength(1);
    await closed;
  });

  test.each([
    ['half of its headers', 'GET / HTTP/1.1\r\nHost: test\r\n'],
    ['half of its body', 'POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nhalf'],
  ])('is not delayed by a client that sent only %s', async (_, bytes) => {
    const { server, port, close } = await start();
    const connected = once(server, 'connection');
    const connection = await openConnection(port);
    await connected;
    connection.write(bytes);
    // A reply on another connection shows that the server has read the bytes.
    expect(await exchange(port, GET('/', 'close'))).toHaveLength(1);
    await close(50);
    expect(await connection.closed()).toEqual([]);
  });
});

describe('slow clients', () => {
  const timeouts = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };

  test('get 408 for unfinished headers', async () => {
    const { port } = await start(timeouts);
    const [reply] = await exchange(port, 'GET / HTTP/1.1\r\nHost: test\r\n');
    expect(expectProblem(reply, 408).title).toBe('Запрос не дождались');
  });

  test('get 408 for an unfinished body', async () => {
    const { port } = await start(timeouts);
    const [reply] = await exchange(
      port,
      'POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nhalf',
    );
    expectProblem(reply, 408);
  });

  test('lose an idle connection after keepAliveTimeout', async () => {
    const { port } = await start({ keepAliveTimeout: 50 });
    expect(await exchange(port, GET('/'))).toMatchObject([{ status: 200 }]);
  });
});

describe('invalid requests', () => {
  test.each([
    ['a malformed request line', 'HELLO\r\n\r\n', 400],
    ['bytes of another protocol', Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00), 400],
    ['a space in the path', 'GET /a b HTTP/1.1\r\nHost: test\r\n\r\n', 400],
    ['a space in an unencoded target', 'GET /?q=в работе HTTP/1.1\r\nHost: test\r\n\r\n', 400],
    [
      'an unencoded target and a body',
      'POST /?q=я HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\n\r\na',
      400,
    ],
    ['unencoded letters in the method', 'ЖET / HTTP/1.1\r\nHost: test\r\n\r\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['an invalid Host', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
    ['an invalid absolute target', 'GET http://:x:/ HTTP/1.1\r\nHost: test\r\n\r\n', 400],
    ['an asterisk target', 'OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n', 400],
    ['a backslash', 'GET /a\\b HTTP/1.1\r\nHost: test\r\n\r\n', 400],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost: test\r\nnonsense\r\n\r\n', 400],
    ['a header with NUL', 'GET / HTTP/1.1\r\nHost: test\r\nX: a\u0000b\r\n\r\n', 400],
    ['headers of 20 KB', `GET / HTTP/1.1\r\nHost: test\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a target of 20 KB', `GET /?a=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: test\r\n\r\n`, 431],
    [
      'two lengths',
      'POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
    ],
    ['a negative length', 'POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: -1\r\n\r\n', 400],
    [
      'a length beside chunked encoding',
      'POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc',
      400,
    ],
    [
      'an invalid chunk',
      'POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n',
      400,
    ],
  ])('%s', async (_, bytes, status) => {
    const { port } = await start();
    const replies = await exchange(port, bytes);
    expect(replies).toHaveLength(1);
    expectProblem(replies[0], status);
    expect(await exchange(port, GET('/', 'close'))).toMatchObject([{ status: 200, body: 'here' }]);
  });

  test('do not corrupt the reply to an earlier request', async () => {
    const { port } = await start();
    const connection = await openConnection(port);
    connection.write(GET('/'));
    expect(await connection.replies(1)).toMatchObject([{ status: 200 }]);
    connection.write('NONSENSE\r\n\r\n');
    const [first, second] = await connection.closed();
    expect(first).toMatchObject({ status: 200, body: 'here' });
    expectProblem(second, 400);
  });

  test('do not stop the server when a client resets its connection', async () => {
    const { port, arrived, answerSlow } = await start();
    const connection = await openConnection(port);
    connection.write(GET('/slow'));
    await arrived;
    connection.destroy();
    answerSlow();
    expect(await exchange(port, GET('/', 'close'))).toMatchObject([{ status: 200 }]);
  });

  test('an uncaught error is an opaque 500 with its cause in the log', async () => {
    expectErrors();
    const { port } = await start();
    const [reply] = await exchange(port, GET('/broken'));
    expectProblem(reply, 500);
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', msg: 'request failed' }));
  });
});

describe('unusual valid requests', () => {
  test.each([
    ['HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n'],
    ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'],
    ['an IPv6 Host', 'GET / HTTP/1.1\r\nHost: [::1]:8000\r\nConnection: close\r\n\r\n'],
    ['a Host with an underscore', 'GET / HTTP/1.1\r\nHost: incident_api:8000\r\nConnection: close\r\n\r\n'],
    ['an absolute target', 'GET http://elsewhere/ HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n'],
    ['a body with GET', 'GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc'],
    ['an unknown expectation', 'GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nExpect: x\r\n\r\n'],
  ])('%s', async (_, bytes) => {
    const { port } = await start();
    expect(await exchange(port, bytes)).toMatchObject([{ status: 200, body: 'here' }]);
  });

  test('pipelined requests are answered in order', async () => {
    const { port } = await start();
    const replies = await exchange(port, GET('/'), GET('/'), GET('/', 'close'));
    expect(replies.map(({ body }) => body)).toEqual(['here', 'here', 'here']);
  });
});

describe('an unencoded request target', () => {
  const RAW = (connection = 'keep-alive') =>
    `GET /query?q=новый&x=€\u{1F600} HTTP/1.1\r\nHost: test\r\nConnection: ${connection}\r\n\r\n`;

  test('is read as if encoded, and the connection ends', async () => {
    const { port } = await start();
    for (const request of [RAW(), RAW('close'), RAW().replace('1.1', '1.0')]) {
      const [reply, ...more] = await exchange(port, request);
      expect(reply).toMatchObject({ status: 200, body: 'новый' });
      expect(reply?.headers.get('connection')).toBe('close');
      expect(more).toEqual([]);
    }
  });

  test.each(['/address', '/address?q=новый'])('keeps the client address for %s', async (target) => {
    const { port } = await start();
    const request = `GET ${target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n`;
    expect(await exchange(port, request)).toMatchObject([{ body: '127.0.0.1' }]);
  });

  test('is accepted in a later request of a connection', async () => {
    const { port } = await start();
    const connection = await openConnection(port);
    connection.write(GET('/'));
    await connection.replies(1);
    connection.write(RAW());
    expect(await connection.closed()).toMatchObject([{ body: 'here' }, { body: 'новый' }]);
  });

  test('may contain invalid UTF-8, like its percent-encoded form', async () => {
    const { port } = await start();
    const raw = Buffer.concat([
      Buffer.from('GET /query?q='),
      Buffer.of(0xff),
      Buffer.from(' HTTP/1.1\r\nHost: test\r\n\r\n'),
    ]);
    const [[fromRaw], [fromEncoded]] = [
      await exchange(port, raw),
      await exchange(port, GET('/query?q=%ff', 'close')),
    ];
    expect(fromRaw).toMatchObject({ status: 200, body: fromEncoded?.body });
  });

  test('is answered once, also when more bytes follow', async () => {
    const { port } = await start();
    for (const more of ['', 'NONSENSE\r\n\r\n', RAW()]) {
      lines.length = 0;
      const connection = await openConnection(port);
      connection.write(RAW());
      if (more) connection.write(more);
      else connection.end();
      expect((await connection.closed()).length).toBeLessThanOrEqual(1);
      expect(lines.length).toBeLessThanOrEqual(1);
    }
  });

  test('is refused behind a pending request', async () => {
    const { port, arrived, answerSlow } = await start();
    const connection = await openConnection(port);
    connection.write(GET('/slow'));
    await arrived;
    connection.write(RAW());
    const replies = await connection.closed();
    expect(replies).toHaveLength(1);
    expectProblem(replies[0], 400);
    answerSlow();
  });

  test('does not delay closeServer', async () => {
    const { port, close } = await start();
    expect(await exchange(port, RAW())).toHaveLength(1);
    await close();
  });

  test('does not delay closeServer when its client disconnects', async () => {
    const { port, arrived, answerSlow, close } = await start();
    const connection = await openConnection(port);
    connection.write(GET('/slow?q=я'));
    await arrived;
    connection.destroy();
    answerSlow();
    await close();
  });
});

test('listen rejects for a port in use', async () => {
  const { port } = await start();
  const second = createHttpServer(new Hono<HonoEnv>(), { logger, locale: locales.ru });
  await expect(listen(second, { host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
