import { Incident } from '@incidents/contracts';
import { describe, expect, test } from 'vitest';
import { incidentPoster, type RequestBody, refusalsOf, toUtf8, withText } from './testing/incident-json.ts';
import { useTestApp } from './testing/test-app.ts';

const testApp = useTestApp();
const { request } = testApp;
const send = incidentPoster(testApp);

describe('POST /incidents/ with hostile JSON', () => {
  test.each<[string, RequestBody | undefined]>([
    ['no body', undefined],
    ['an empty body', ''],
    ['white space', '\n'],
    ['NUL', '\0'],
    ['half an object', '{"text":"a"'],
    ['a trailing comma', '{"text":"a",}'],
    ['single quotes', "{'text':'a'}"],
    ['a raw line end in a string', '{"text":"a\nb"}'],
    ['an unknown escape', '{"text":"\\x41"}'],
    ['text behind the value', `${withText('a')}x`],
    ['two byte order marks', `\ufeff\ufeff${withText('a')}`],
    ['a form', 'text=a&description=b&source=c'],
    ['60,000 open brackets', '['.repeat(60_000)],
    ['60,000 open braces', '{"a":'.repeat(12_000)],
    ['a byte outside UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['truncated UTF-8', Uint8Array.of(0x22, 0xd0, 0x22)],
    ['NUL in two bytes', Uint8Array.of(0x22, 0xc0, 0x80, 0x22)],
    ['a surrogate in UTF-8', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)],
    ['a character beyond Unicode', Uint8Array.of(0x22, 0xf4, 0x90, 0x80, 0x80, 0x22)],
    ['windows-1251', Uint8Array.from([...toUtf8('{"text":"'), 0xcf, 0xf0, 0xe8, ...toUtf8('"}')])],
    ['UTF-16', new Uint8Array(Buffer.from(withText('a'), 'utf16le'))],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3)],
  ])('refuses %s as malformed_json', async (_, body) => {
    const reply = await send(body);
    expect(reply.status).toBe(422);
    expect(refusalsOf(reply.body)).toEqual(['body malformed_json']);
  });

  test.each(['null', '[]', `[${withText('a')}]`, '"text"', '1', 'true', '[[[]]]'])(
    'refuses %s, which is no object',
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
    'refuses nested %s as a field, and as an unknown field from 1000 levels on',
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
  ])('refuses a text of %s', async (value, refusal) => {
    const { status, body } = await send(`{"text":${value},"description":"d","source":"s"}`);
    expect(status).toBe(422);
    expect(refusalsOf(body)).toEqual([refusal]);
  });

  test('uses the last of duplicate keys', async () => {
    const { status, body } = await send('{"text":"a","description":"d","source":"s","text":"b"}');
    expect(status).toBe(201);
    expect(body).toMatchObject({ text: 'b' });
  });

  test('ignores a leading byte order mark', async () => {
    const { status, body } = await send(`\ufeff${withText('a')}`);
    expect(status).toBe(201);
    expect(body).toMatchObject({ text: 'a' });
  });

  test('treats keys of prototypes as unknown fields', async () => {
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

describe('POST /incidents/ with Content-Type', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'APPLICATION/JSON',
    'application/json ; q=1',
    'application/merge-patch+json',
    'application/vnd.api+json; version=1',
  ])('%s: 201', async (type) => {
    expect((await send(withText('a'), { 'Content-Type': type })).status).toBe(201);
  });

  test.each<Record<string, string>>([{}, { 'Content-Type': '' }])(
    'absent or empty (%j): 201',
    async (headers) => {
      expect((await send(toUtf8(withText('a')), headers)).status).toBe(201);
    },
  );

  test.each([
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
