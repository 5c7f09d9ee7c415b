import fc from 'fast-check';

export interface RawExchange {
  /** Latin-1, one character a byte; each part is one write. */
  parts: string[];
  /** After the last part: wait for replies, end the writing side, or close the connection. */
  ending: 'wait' | 'end' | 'hang up';
  /** The exact number of replies, where it is known. */
  replies?: number;
}

/** The only incident that these requests update. */
export const RAW_INCIDENT = 1;

const crlf = '\r\n';
/** The headers of the target follow this line. */
export const HOST = 'Host: 127.0.0.1\r\n';

const wire = (line: string, headers: string[] = [], body = '', host = HOST) =>
  `${line}${crlf}${host}${[...headers, '', body].join(crlf)}`;

const close = 'Connection: close';
const json = 'Content-Type: application/json';
const incident = '{"text":"raw","description":"bytes","source":"fuzz"}';
const withLength = (body: string) => `Content-Length: ${body.length}`;
const chunked = 'Transfer-Encoding: chunked';
const inChunks = (body: string) => `${body.length.toString(16)}${crlf}${body}${crlf}0${crlf}${crlf}`;

const validRequests = [
  wire('GET /healthz HTTP/1.1', [close]),
  wire('GET /incidents/?limit=2 HTTP/1.1', [close]),
  wire('GET /incidents/1 HTTP/1.1', [close]),
  wire('GET /incidents/999999999 HTTP/1.1', [close]),
  wire('GET /healthz HTTP/1.0'),
  wire('POST /incidents/ HTTP/1.1', [close, json, withLength(incident)], incident),
  wire('POST /incidents/ HTTP/1.1', [close, json, chunked], inChunks(incident)),
  wire(`PATCH /incidents/${RAW_INCIDENT} HTTP/1.1`, [close, json, withLength('{}')], '{}'),
];

const lines = [
  'GET http://127.0.0.1/incidents/?limit=1 HTTP/1.1',
  'GET http://evil.example/incidents/?limit=1 HTTP/1.1',
  'GET https://user:password@[::1]:99999/healthz HTTP/1.1',
  'GET ftp://127.0.0.1/ HTTP/1.1',
  'GET file:///etc/passwd HTTP/1.1',
  'GET http:// HTTP/1.1',
  'GET // HTTP/1.1',
  'GET //evil.example/incidents/ HTTP/1.1',
  'GET /../../incidents/ HTTP/1.1',
  'GET /incidents/../../../etc/passwd HTTP/1.1',
  'GET /incidents/%2e%2e/healthz HTTP/1.1',
  'GET /docs/..%2f..%2fpackage.json HTTP/1.1',
  'GET /docs/%2e%2e%2f%2e%2e%2fpackage.json HTTP/1.1',
  'GET /docs/swagger-ui.css%00.js HTTP/1.1',
  'GET \\incidents\\1 HTTP/1.1',
  'GET /incidents\\1 HTTP/1.1',
  'GET incidents HTTP/1.1',
  'GET ? HTTP/1.1',
  'GET ?limit=1 HTTP/1.1',
  'GET # HTTP/1.1',
  'GET /#fragment HTTP/1.1',
  'GET /incidents/1#fragment HTTP/1.1',
  'GET * HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'OPTIONS /incidents/ HTTP/1.1',
  'TRACE / HTTP/1.1',
  'CONNECT 127.0.0.1:80 HTTP/1.1',
  'CONNECT /incidents/ HTTP/1.1',
  'PRI * HTTP/2.0',
  'M-SEARCH * HTTP/1.1',
  'PURGE /incidents/ HTTP/1.1',
  'BREW /incidents/ HTTP/1.1',
  'get /incidents/ HTTP/1.1',
  'GET  /incidents/ HTTP/1.1',
  'GET\t/incidents/\tHTTP/1.1',
  'GET /incidents/ HTTP/1.1 ',
  'GET /incidents/ 1 HTTP/1.1',
  'GET /incidents/',
  'GET',
  '',
  'GET /incidents/ HTTP/0.9',
  'GET /incidents/ HTTP/1.9',
  'GET /incidents/ HTTP/2.0',
  'GET /incidents/ HTTP/9999999999.1',
  'GET /incidents/ http/1.1',
  'GET /incidents/ HTTPS/1.1',
  'GET /incidents/ RTSP/1.0',
  'GET /incidents/?status=\xd0\xbd\xd0\xbe\xd0\xb2\xd1\x8b\xd0\xb9 HTTP/1.1',
  'GET /incidents/?status=\xff\xfe\xc0\x80 HTTP/1.1',
  'GET /\xff HTTP/1.1',
  'GET /incidents/\x00 HTTP/1.1',
  'GET /incidents/\x7f HTTP/1.1',
  'GET /incidents/?status=a\x00b HTTP/1.1',
  'GET /incidents/?status=%00 HTTP/1.1',
  'GET /incidents/?status=%ff%C0%80%ED%A0%80 HTTP/1.1',
  'GET /%69ncidents/ HTTP/1.1',
  'GET /incidents%2f1 HTTP/1.1',
  'GET /%00 HTTP/1.1',
  'GET /% HTTP/1.1',
  `GET /${'x'.repeat(7_000)} HTTP/1.1`,
  `GET /incidents/${'9'.repeat(7_000)} HTTP/1.1`,
  `GET /incidents/?status=${'%D0%BD'.repeat(1_200)} HTTP/1.1`,
  `GET /incidents/?${'a&'.repeat(5_000)} HTTP/1.1`,
  `GET /${'x'.repeat(20_000)} HTTP/1.1`,
  `GET /${'x/'.repeat(100_000)} HTTP/1.1`,
  `GET /incidents/?status=${'\xff'.repeat(9_000)} HTTP/1.1`,
];

const headers = [
  'X: \x00',
  'X: \xff\xfe',
  'X: a\x01b\x7f',
  'X\x00Y: z',
  'X Y: z',
  'X : z',
  ': z',
  'no colon',
  ' folded: z',
  'X: a\r\n folded',
  'X: a\nY: b',
  'X: a\rY: b',
  `X: ${'x'.repeat(14_000)}`,
  `X: ${'x'.repeat(17_000)}`,
  `X: ${'x'.repeat(100_000)}`,
  `${'X'.repeat(17_000)}: y`,
  `${'x'.repeat(70_000)}`,
  Array.from({ length: 200 }, (_, index) => `X-${index}: y`).join(crlf),
  Array.from({ length: 2_500 }, () => 'X: y').join(crlf),
  'Host: other.example',
  'Host:',
  'Host: ',
  'Host: a b',
  'Host: a/b?c#d',
  'Host: user@evil.example',
  'Host: \xff',
  'Host: [::1',
  'Host: 127.0.0.1:999999',
  'Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA',
  'Connection: \xff',
  'Connection: close, keep-alive, x, , ,',
  'Expect: 100-continue',
  'Expect: 200-ok',
  'Expect: \xff',
  'Expect:',
  'Trailer: Content-Length',
  'TE: trailers, deflate;q=0.5',
  'X-Request-Id: a\r\nX-Request-Id: b',
  'X-Request-Id: \xff\xff',
  'Content-Type: application/json\r\nContent-Type: text/plain',
  'Accept: \xff',
  'Range: bytes=0-1',
];

const framings: [string[], string][] = [
  [[withLength(incident), chunked], inChunks(incident)],
  [[chunked, withLength(incident)], incident],
  [[chunked, 'Content-Length: 0'], inChunks(incident)],
  [['Content-Length: 5', 'Content-Length: 6'], incident],
  [['Content-Length: 5', 'Content-Length: 5'], incident],
  [['Content-Length: 52, 52'], incident],
  [['Content-Length: -1'], incident],
  [['Content-Length: +52'], incident],
  [['Content-Length: 0x34'], incident],
  [['Content-Length: 1e2'], incident],
  [['Content-Length:'], incident],
  [['Content-Length: 5 2'], incident],
  [['Content-Length: 99999999999999999999999'], incident],
  [['Content-Length: 9007199254740993'], incident],
  [['Content-Length: 600000'], incident],
  [['Content-Length: 1000'], incident],
  [['Content-Length: 3'], incident],
  [['Content-Length: 0'], ''],
  [[], incident],
  [['Transfer-Encoding: gzip'], incident],
  [['Transfer-Encoding: gzip, chunked'], inChunks(incident)],
  [['Transfer-Encoding: chunked, gzip'], inChunks(incident)],
  [['Transfer-Encoding: chunked, chunked'], inChunks(incident)],
  [['Transfer-Encoding: xchunked'], inChunks(incident)],
  [['Transfer-Encoding: identity'], incident],
  [['Transfer-Encoding: \x0bchunked'], inChunks(incident)],
  [['Transfer-Encoding : chunked'], inChunks(incident)],
  [['Transfer-Encoding:\tchunked'], inChunks(incident)],
  [['Transfer-Encoding: Chunked'], inChunks(incident)],
  [[chunked], incident],
  [[chunked], 'zz\r\nabc\r\n0\r\n\r\n'],
  [[chunked], '-1\r\nabc\r\n0\r\n\r\n'],
  [[chunked], '0x3\r\nabc\r\n0\r\n\r\n'],
  [[chunked], 'FFFFFFFFFFFFFFFFF\r\nabc\r\n'],
  [[chunked], '7FFFFFFFFFFFFFFF\r\nabc\r\n'],
  [[chunked], '3\r\nabcdef\r\n0\r\n\r\n'],
  [[chunked], '3\nabc\n0\n\n'],
  [[chunked], `${incident.length.toString(16)};name="value";x\r\n${incident}\r\n0\r\n\r\n`],
  [[chunked], `${incident.length.toString(16)};${'x'.repeat(20_000)}\r\n${incident}\r\n0\r\n\r\n`],
  [[chunked], `${incident.length.toString(16)}\r\n${incident}\r\n0\r\nContent-Length: 3\r\nX: \x01\r\n\r\n`],
  [[chunked], `${incident.length.toString(16)}\r\n${incident}\r\n0\r\nX: ${'x'.repeat(30_000)}\r\n\r\n`],
  [[chunked], `${Array.from(incident, (character) => `1\r\n${character}\r\n`).join('')}0\r\n\r\n`],
  [[chunked], `${'8000\r\n'}${'x'.repeat(32_768)}\r\n`.repeat(18)],
  [[chunked], '0\r\n\r\n'],
  [[chunked], ''],
];

const damaged = fc
  .tuple(
    fc.constantFrom(...validRequests),
    fc.array(
      fc.record({
        kind: fc.constantFrom('cut', 'insert', 'replace', 'remove', 'repeat'),
        at: fc.nat(2_000),
        byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 10, 13, 32, 58, 255)),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([text, damages]) =>
    damages.reduce((given, { kind, at, byte }) => {
      const position = at % (given.length + 1);
      const [before, after] = [given.slice(0, position), given.slice(position)];
      if (kind === 'cut') return before;
      if (kind === 'insert') return before + String.fromCharCode(byte) + after;
      if (kind === 'replace') return before + String.fromCharCode(byte) + after.slice(1);
      if (kind === 'remove') return before + after.slice(1);
      return given + after;
    }, text),
  );

const noise = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

const composed = fc.oneof(
  fc.constantFrom(...lines).map((line) => wire(line, [close])),
  fc
    .tuple(
      fc.constantFrom('GET /healthz', 'GET /incidents/?limit=1', 'POST /incidents/'),
      fc.subarray(headers, { minLength: 1, maxLength: 2 }),
      fc.constantFrom(HOST, ''),
    )
    .map(([line, chosen, host]) => wire(`${line} HTTP/1.1`, [close, ...chosen], '', host)),
  fc
    .tuple(
      fc.constantFrom(
        'POST /incidents/',
        `PATCH /incidents/${RAW_INCIDENT}`,
        'POST /jobs/1/retry',
        'GET /healthz',
        'DELETE /jobs/0',
      ),
      fc.constantFrom(...framings),
      fc.constantFrom('HTTP/1.1', 'HTTP/1.0'),
    )
    .map(([line, [framing, body], version]) => wire(`${line} ${version}`, [close, json, ...framing], body)),
);

const continued = fc
  .tuple(fc.constantFrom(withLength(incident), chunked), fc.boolean())
  .map(([framing, sends]): RawExchange => {
    const head = wire('POST /incidents/ HTTP/1.1', [close, json, framing, 'Expect: 100-continue']);
    const body = framing === chunked ? inChunks(incident) : incident;
    return sends ? { parts: [head, body], ending: 'wait', replies: 2 } : { parts: [head], ending: 'hang up' };
  });

/** Pipelined requests; the replies come in the same order. */
const pipelined = fc
  .array(fc.constantFrom('/healthz', '/incidents/1', '/incidents/?limit=1', '/nothing', '/queue'), {
    minLength: 2,
    maxLength: 20,
  })
  .map((paths): RawExchange => {
    const requests = paths.map((path, index) =>
      wire(`GET ${path} HTTP/1.1`, [
        `X-Request-Id: pipelined-${index}`,
        index === paths.length - 1 ? close : 'X: y',
      ]),
    );
    return { parts: [requests.join('')], ending: 'wait', replies: paths.length };
  });

const inPieces = fc
  .tuple(fc.constantFrom(...validRequests), fc.array(fc.nat(2_000), { minLength: 1, maxLength: 4 }))
  .map(([text, cuts]): RawExchange => {
    const places = [0, ...cuts.map((cut) => cut % text.length), text.length].sort((a, b) => a - b);
    const parts = places.slice(1).map((to, index) => text.slice(places[index], to));
    return { parts, ending: 'wait', replies: 1 };
  });

const ending = fc.constantFrom<RawExchange['ending']>('wait', 'wait', 'end', 'hang up');

export const rawExchanges: fc.Arbitrary<RawExchange> = fc.oneof(
  {
    arbitrary: fc.tuple(composed, ending).map(([text, ending]) => ({ parts: [text], ending })),
    weight: 10,
  },
  {
    arbitrary: fc.tuple(damaged, ending).map(([text, ending]) => ({ parts: [text], ending })),
    weight: 6,
  },
  {
    arbitrary: fc
      .tuple(fc.array(fc.oneof(composed, damaged, noise), { minLength: 1, maxLength: 3 }), ending)
      .map(([parts, ending]) => ({ parts, ending })),
    weight: 2,
  },
  { arbitrary: inPieces, weight: 2 },
  { arbitrary: continued, weight: 1 },
  { arbitrary: pipelined, weight: 2 },
);
