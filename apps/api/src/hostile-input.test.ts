import { once } from 'node:events';
import type { Server } from 'node:http';
import { Incident, ValidationProblem } from '@incidents/contracts';
import { exchange, openConnection } from '@incidents/testing/http/raw-http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { locales } from './locale/locales.ts';
import { closeServer, createHttpServer, listen } from './server.ts';
import { asDocumented } from './testing/as-documented.ts';
import { newIncident, useTestApp } from './testing/test-app.ts';

// Every reply is held against the OpenAPI document, and a line of level error in the log fails its test.
const testApp = useTestApp();
const { request, post, patch, database, log } = testApp;

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream;

const send = (
  body: Body | undefined,
  headers: Record<string, string> = { 'Content-Type': 'application/json' },
) =>
  request('/incidents/', {
    method: 'POST',
    headers,
    ...(body !== undefined && { body }),
    ...(body instanceof ReadableStream && { duplex: 'half' }),
  });

const bytes = (text: string) => new TextEncoder().encode(text);
const refusalsOf = (body: unknown) =>
  ValidationProblem.parse(body).errors.map(({ path, code }) => `${path} ${code}`);
/** Each UTF-16 unit as six bytes, the way some JSON writers send everything. */
const escaped = (text: string) =>
  Array.from(
    { length: text.length },
    (_, index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
/** The JSON of an incident whose text is given as it stands between the quotes. */
const withText = (text: string) => `{"text":"${text}","description":"d","source":"operator"}`;

describe('strings', () => {
  test.each([
    ['NUL as an escape', '\\u0000', 'nul_character'],
    ['NUL inside of text', 'a\\u0000b', 'nul_character'],
    ['the first half of a pair as an escape', '\\ud800', 'lone_surrogate'],
    ['the second half of a pair as an escape', '\\uDFFF', 'lone_surrogate'],
    ['the halves the wrong way round', '\\ude00\\ud83d', 'lone_surrogate'],
    ['1001 emoji', '\u{1F600}'.repeat(1001), 'too_big'],
    ['nothing', '', 'too_small'],
  ])('%s: 422', async (_, text, code) => {
    const { status, body } = await send(withText(text));
    expect(status).toBe(422);
    expect(refusalsOf(body)).toEqual([`body.text ${code}`]);
  });

  test.each([
    ['1000 emoji', '\u{1F600}'.repeat(1000)],
    ['1000 Cyrillic letters', 'я'.repeat(1000)],
    ['a byte order mark', '\ufeffтекст'],
    ['a replacement character', '\ufffd'],
    ['characters that are none', '\ufffe\uffff\u{1FFFF}'],
    ['control characters', '\u0001\u0008\u001f\u007f\u0085'],
    ['line ends', '\r\n\n\r\u2028\u2029'],
    ['white space at its ends', '  \t текст \u00a0 '],
    ['letters that combine', 'и\u0306й е\u0308ё'],
    ['right to left', '\u202eabc\u202c עברית العربية'],
    ['joined emoji', '👨‍👩‍👧‍👦🏳️‍🌈'],
    ['SQL', "'); drop table incidents; --"],
    ['a pattern', '%_\\%'],
    ['escapes of escapes', '\\u0000 \\x00 %00 &#0; \\ud800'],
    ['markup', '<script>alert(1)</script> &amp; "\''],
    ['a template', '{{7*7}} #{7*7} <%= 7*7 %>'],
    ['the name of a prototype', '__proto__'],
  ])('%s: stored and read back exactly as sent', async (_, text) => {
    const sent = { ...newIncident, text, description: text, source: [...text].slice(0, 100).join('') };
    const created = await post('/incidents/', sent);
    expect(created.status).toBe(201);
    const { id } = Incident.parse(created.body);
    expect((await request(`/incidents/${id}`)).body).toMatchObject(sent);
    expect((await patch(`/incidents/${id}`, sent)).body).toMatchObject(sent);
  });

  test('any string is stored and read back exactly as sent, or refused', async () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
      fc.string({
        unit: fc.constantFrom('\ud83d', '\ude00', '\0', '\\', '"', 'я', '\u{1F600}'),
        maxLength: 20,
      }),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (text) => {
        const { status, body } = await post('/incidents/', { ...newIncident, text });
        const storable = text !== '' && text.isWellFormed() && !text.includes('\0');
        expect(status).toBe(storable ? 201 : 422);
        if (storable) expect(body).toMatchObject({ text });
      }),
      { numRuns: 80 },
    );
  });

  test('PostgreSQL counts characters and bytes as the contract does', async () => {
    const { pool } = database.db;
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => !text.includes('\0')),
        async (text) => {
          const { rows } = await pool.query(
            'select char_length($1) as characters, octet_length($1) as bytes',
            [text],
          );
          expect(rows).toEqual([{ characters: [...text].length, bytes: Buffer.byteLength(text) }]);
        },
      ),
      { numRuns: 80 },
    );
    const text = '\u{1F600}'.repeat(1000);
    const { id } = Incident.parse((await post('/incidents/', { ...newIncident, text })).body);
    const { rows } = await pool.query('select char_length(text) as characters from incidents where id = $1', [
      id,
    ]);
    expect(rows).toEqual([{ characters: 1000 }]);
  });

  test('what stands in unknown fields is ignored, whatever it is', async () => {
    const { status, body } = await send(
      withText('t').replace('{', '{"note":"\\u0000\\ud800","\\u0000":1,"\\ud800":{"a":[null]},'),
    );
    expect(status).toBe(201);
    expect(Object.keys(Incident.parse(body))).toHaveLength(6);
  });
});

describe('sizes', () => {
  const legal = (description: string) => `{"text":"t","description":"${description}","source":"s"}`;

  test.each([
    ['64 KiB of ASCII, escaped to 384 KiB', 'a'.repeat(65_536), 393_216],
    ['64 KiB of Cyrillic, escaped to 192 KiB', 'я'.repeat(32_768), 196_608],
    ['64 KiB of emoji, escaped to 192 KiB', '\u{1F600}'.repeat(16_384), 196_608],
  ])('%s, is legal', async (_, description, size) => {
    const body = legal(escaped(description));
    expect(Buffer.byteLength(body)).toBeGreaterThan(size);
    const created = await send(body);
    expect(created.status).toBe(201);
    expect(Incident.parse(created.body).description).toBe(description);
  });

  test.each([
    ['a byte more than 64 KiB', `${'я'.repeat(32_767)}abc`],
    ['the same in emoji', `${'\u{1F600}'.repeat(16_384)}a`],
  ])('%s: 422', async (_, description) => {
    const { status, body } = await send(legal(description));
    expect(status).toBe(422);
    expect(refusalsOf(body)).toEqual(['body.description too_many_bytes']);
  });

  test('512 KiB are read, a byte more is 413 and ends the connection', async () => {
    const padded = (size: number) => {
      const body = withText('t');
      return body + ' '.repeat(size - body.length);
    };
    const lengths = (size: number): Record<string, string>[] => [{ 'Content-Length': String(size) }, {}];
    for (const length of lengths(524_288)) {
      const { status } = await send(padded(524_288), { 'Content-Type': 'application/json', ...length });
      expect(status).toBe(201);
    }
    for (const length of lengths(524_289)) {
      const { status, headers } = await send(padded(524_289), {
        'Content-Type': 'application/json',
        ...length,
      });
      expect(status).toBe(413);
      expect(headers.get('connection')).toBe('close');
    }
  });

  test('a body without end is not read to the end', async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(bytes(' '.repeat(65_536)));
      },
    });
    expect((await send(endless)).status).toBe(413);
    expect(pulled).toBeLessThan(20);
  });
});

describe('JSON', () => {
  test.each<[string, Body | undefined]>([
    ['no body', undefined],
    ['an empty body', ''],
    ['white space', '\n'],
    ['NUL', '\0'],
    ['half of it', '{"text":"a"'],
    ['a comma too many', '{"text":"a",}'],
    ['single quotes', "{'text':'a'}"],
    ['a raw line end in a string', '{"text":"a\nb"}'],
    ['an unknown escape', '{"text":"\\x41"}'],
    ['something behind it', `${withText('a')}x`],
    ['two byte order marks', `\ufeff\ufeff${withText('a')}`],
    ['a form', 'text=a&description=b&source=c'],
    ['60,000 brackets that stay open', '['.repeat(60_000)],
    ['60,000 braces that stay open', '{"a":'.repeat(12_000)],
    ['a byte that UTF-8 never has', Uint8Array.of(0x22, 0xff, 0x22)],
    ['UTF-8 that breaks off', Uint8Array.of(0x22, 0xd0, 0x22)],
    ['NUL in two bytes', Uint8Array.of(0x22, 0xc0, 0x80, 0x22)],
    ['half a pair in UTF-8', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)],
    ['a character beyond Unicode', Uint8Array.of(0x22, 0xf4, 0x90, 0x80, 0x80, 0x22)],
    ['windows-1251', Uint8Array.from([...bytes('{"text":"'), 0xcf, 0xf0, 0xe8, ...bytes('"}')])],
    ['UTF-16', new Uint8Array(Buffer.from(withText('a'), 'utf16le'))],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3)],
  ])('%s: 422 malformed_json', async (_, body) => {
    const reply = await send(body);
    expect(reply.status).toBe(422);
    expect(refusalsOf(reply.body)).toEqual(['body malformed_json']);
  });

  test.each(['null', '[]', `[${withText('a')}]`, '"text"', '1', 'true', '[[[]]]'])(
    '%s is no object: 422',
    async (json) => {
      const { status, body } = await send(json);
      expect(status).toBe(422);
      expect(refusalsOf(body)).toEqual(['body invalid_type']);
    },
  );

  const nested = {
    arrays: (levels: number) => '['.repeat(levels) + ']'.repeat(levels),
    objects: (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`,
  };
  test.each(['arrays', 'objects'] as const)(
    '%s in each other: 999 are refused as a field and ignored as an unknown one, 1000 and more refused',
    async (kind) => {
      const asText = await send(`{"text":${nested[kind](999)},"description":"d","source":"s"}`);
      expect(asText.status).toBe(422);
      expect(refusalsOf(asText.body)).toEqual(['body.text invalid_type']);
      const asUnknown = (levels: number) =>
        send(withText('a').replace('{', `{"deep":${nested[kind](levels)},`));
      expect((await asUnknown(999)).status).toBe(201);
      for (const levels of [1_000, 30_000, 80_000]) {
        const { status, body } = await asUnknown(levels);
        expect(status).toBe(422);
        expect(refusalsOf(body)).toEqual(['body too_deep']);
      }
    },
  );

  test.each([
    ['1e400', 'body.text invalid_type'],
    ['-0', 'body.text invalid_type'],
    ['{"toString":1}', 'body.text invalid_type'],
    ['["a"]', 'body.text invalid_type'],
    ['false', 'body.text invalid_type'],
    ['null', 'body.text invalid_type'],
  ])('a text of %s: 422', async (value, refusal) => {
    const { status, body } = await send(`{"text":${value},"description":"d","source":"s"}`);
    expect(status).toBe(422);
    expect(refusalsOf(body)).toEqual([refusal]);
  });

  test('of a key that stands there twice the last one counts', async () => {
    const { status, body } = await send('{"text":"a","description":"d","source":"s","text":"b"}');
    expect(status).toBe(201);
    expect(body).toMatchObject({ text: 'b' });
  });

  test('a byte order mark before it is passed over', async () => {
    const { status, body } = await send(`\ufeff${withText('a')}`);
    expect(status).toBe(201);
    expect(body).toMatchObject({ text: 'a' });
  });

  test('keys of prototypes are like any unknown key', async () => {
    const keys =
      '"__proto__":{"text":"p","admin":true},"constructor":{"prototype":{"admin":true}},"toString":1,';
    const { status, body } = await send(withText('a').replace('{', `{${keys}`));
    expect(status).toBe(201);
    expect(body).toMatchObject({ text: 'a', status: 'новый' });
    expect(Reflect.get({}, 'admin')).toBeUndefined();

    const inherited = await send('{"__proto__":{"text":"a","description":"d","source":"s"}}');
    expect(refusalsOf(inherited.body)).toEqual([
      'body.text required',
      'body.description required',
      'body.source required',
    ]);
    const { id } = Incident.parse(body);
    const changed = await request(`/incidents/${id}`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: '{"__proto__":{"status":"закрыт"},"constructor":"x"}',
    });
    expect(changed.body).toEqual(body);
  });
});

describe('Content-Type', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'APPLICATION/JSON',
    'application/json ; q=1',
    'application/merge-patch+json',
    'application/vnd.api+json; version=1',
  ])('%s is taken', async (type) => {
    expect((await send(withText('a'), { 'Content-Type': type })).status).toBe(201);
  });

  test('none at all is taken for JSON', async () => {
    expect((await send(bytes(withText('a')), {})).status).toBe(201);
  });

  test.each([
    '',
    'json',
    'text/plain',
    'text/plain;charset=UTF-8',
    'text/html',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'application/jsonp',
    'application/json, text/plain',
    'application/+json',
    '*/*',
  ])('"%s": 415', async (type) => {
    const { status, body } = await send(withText('a'), { 'Content-Type': type });
    expect(status).toBe(415);
    expect(body).toMatchObject({ type: 'urn:incident-service:problem:unsupported-media-type' });
  });
});

describe('addresses', () => {
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
    ['/incidents/?limit=%205', 422],
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
    'a status of %s matches nothing',
    async (status) => {
      const reply = await request(`/incidents/?status=${status}`);
      expect(reply.status).toBe(200);
      expect(reply.body).toEqual([]);
    },
  );
});

describe('on a socket', () => {
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

  /** The one reply to what is written, held against the document. */
  async function ask(method: string, path: string, ...parts: (string | Uint8Array)[]) {
    const [reply, ...more] = await exchange(port, ...parts);
    expect(more).toEqual([]);
    if (reply === undefined) throw new Error('the connection was closed without a reply');
    const { status, headers, body } = reply;
    return asDocumented(method, path, new Response(body === '' ? null : body, { status, headers }));
  }

  const chunked = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`;

  test('a body with its length, and one in chunks', async () => {
    const body = withText('текст');
    const length = `Content-Length: ${Buffer.byteLength(body)}`;
    const whole = await ask(
      'POST',
      '/incidents/',
      head('POST /incidents/ HTTP/1.1', length, 'Connection: close'),
      body,
    );
    expect(whole.body).toMatchObject({ text: 'текст' });
    const inChunks = await ask(
      'POST',
      '/incidents',
      head('POST /incidents HTTP/1.1', 'Transfer-Encoding: chunked', 'Connection: close'),
      chunked(body),
    );
    expect(inChunks.body).toMatchObject({ text: 'текст' });
  });

  test("the seed's filter, typed as it stands there, as curl sends it", async () => {
    await post('/incidents/', { ...newIncident, status: 'закрыт' });
    const { status, body } = await ask('GET', '/incidents/', head('GET /incidents/?status=закрыт HTTP/1.1'));
    expect(status).toBe(200);
    expect(body).toEqual([expect.objectContaining({ status: 'закрыт' })]);
  });

  test('513 KiB: 413, with their length and in chunks, and the connection ends', async () => {
    const body = 'x'.repeat(513 * 1024);
    for (const [header, sent] of [
      [`Content-Length: ${body.length}`, body],
      [`Content-Length: ${body.length}`, ''],
      ['Transfer-Encoding: chunked', chunked(body)],
    ] as const) {
      const { status, headers } = await ask(
        'POST',
        '/incidents/',
        head('POST /incidents/ HTTP/1.1', header),
        sent,
      );
      expect(status, header).toBe(413);
      expect(headers.get('connection')).toBe('close');
    }
  });

  test.each([
    ['with its length', `Content-Length: ${600 * 1024}`, 'x'.repeat(600 * 1024)],
    ['in chunks', 'Transfer-Encoding: chunked', chunked('x'.repeat(600 * 1024))],
  ])(
    'a body %s that no operation reads does not stand in the way of the next request',
    async (_, header, sent) => {
      const replies = await exchange(
        port,
        head('POST /deliveries/999999/retry HTTP/1.1', header),
        sent,
        head('GET /healthz HTTP/1.1', 'Connection: close'),
      );
      expect(replies.map(({ status }) => status)).toEqual([404, 200]);
    },
  );

  test.each(['TRACE', 'PROPFIND', 'OPTIONS', 'PUT', 'DELETE', 'QUERY'])(
    '%s: 405 with Allow',
    async (method) => {
      const { status, headers } = await ask(
        method,
        '/incidents/',
        head(`${method} /incidents/ HTTP/1.1`, 'Connection: close', 'Content-Length: 0'),
      );
      expect(status).toBe(405);
      expect(headers.get('allow')).toBe('GET, HEAD, POST');
    },
  );

  test('a method that does not exist: 400', async () => {
    const [reply] = await exchange(port, head('BREW /incidents/ HTTP/1.1'));
    expect(reply?.status).toBe(400);
  });

  test('HEAD has the length of GET and no body', async () => {
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
    ['with its length', 'Content-Length: 1000', '{"text":"поло'],
    ['in chunks', 'Transfer-Encoding: chunked', '7\r\n{"text"\r\n'],
  ])('a body %s that breaks off is nobody’s failure', async (_, header, half) => {
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

  test('after all of it the service answers as before', async () => {
    expect((await ask('GET', '/readyz', head('GET /readyz HTTP/1.1', 'Connection: close'))).status).toBe(200);
  });
});
