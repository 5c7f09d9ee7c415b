import { Incident } from '@incidents/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { incidentPoster, refusalsOf, toUtf8, withText } from './testing/incident-json.ts';
import { newIncident, useTestApp } from './testing/test-app.ts';

const testApp = useTestApp();
const { request, post, patch, database } = testApp;
const send = incidentPoster(testApp);

/** Each UTF-16 unit as six bytes, as some JSON writers do. */
const escaped = (text: string) =>
  Array.from(
    { length: text.length },
    (_, index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');

describe('POST /incidents/ with hostile strings', () => {
  test.each([
    ['NUL as an escape', '\\u0000', 'nul_character'],
    ['NUL within a text', 'a\\u0000b', 'nul_character'],
    ['a high surrogate as an escape', '\\ud800', 'lone_surrogate'],
    ['a low surrogate as an escape', '\\uDFFF', 'lone_surrogate'],
    ['swapped surrogates', '\\ude00\\ud83d', 'lone_surrogate'],
    ['1001 emoji', '\u{1F600}'.repeat(1001), 'too_big'],
    ['an empty text', '', 'too_small'],
  ])('refuses %s', async (_, text, code) => {
    const { status, body } = await send(withText(text));
    expect(status).toBe(422);
    expect(refusalsOf(body)).toEqual([`body.text ${code}`]);
  });

  test.each([
    ['1000 emoji', '\u{1F600}'.repeat(1000)],
    ['1000 Cyrillic letters', 'я'.repeat(1000)],
    ['a byte order mark', '\ufeffтекст'],
    ['a replacement character', '\ufffd'],
    ['noncharacters', '\ufffe\uffff\u{1FFFF}'],
    ['control characters', '\u0001\u0008\u001f\u007f\u0085'],
    ['line ends', '\r\n\n\r\u2028\u2029'],
    ['surrounding white space', '  \t текст \u00a0 '],
    ['combining letters', 'и\u0306й е\u0308ё'],
    ['right to left', '\u202eabc\u202c עברית العربية'],
    ['joined emoji', '👨‍👩‍👧‍👦🏳️‍🌈'],
    ['SQL', "'); drop table incidents; --"],
    ['a pattern', '%_\\%'],
    ['escapes of escapes', '\\u0000 \\x00 %00 &#0; \\ud800'],
    ['markup', '<script>alert(1)</script> &amp; "\''],
    ['a template', '{{7*7}} #{7*7} <%= 7*7 %>'],
    ['the name of a prototype', '__proto__'],
  ])('returns %s exactly as sent', async (_, text) => {
    const sent = { ...newIncident, text, description: text, source: [...text].slice(0, 100).join('') };
    const created = await post('/incidents/', sent);
    expect(created.status).toBe(201);
    const { id } = Incident.parse(created.body);
    expect((await request(`/incidents/${id}`)).body).toMatchObject(sent);
    expect((await patch(`/incidents/${id}`, sent)).body).toMatchObject(sent);
  });

  test('returns any string exactly as sent, or refuses it', async () => {
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

  test('ignores hostile unknown fields', async () => {
    const { status, body } = await send(
      withText('t').replace('{', '{"note":"\\u0000\\ud800","\\u0000":1,"\\ud800":{"a":[null]},'),
    );
    expect(status).toBe(201);
    expect(body).toEqual(Incident.parse(body));
  });
});

describe('POST /incidents/ with large bodies', () => {
  const legal = (description: string) => `{"text":"t","description":"${description}","source":"s"}`;

  test.each([
    ['64 KiB of ASCII, escaped to 384 KiB', 'a'.repeat(65_536), 393_216],
    ['64 KiB of Cyrillic, escaped to 192 KiB', 'я'.repeat(32_768), 196_608],
    ['64 KiB of emoji, escaped to 192 KiB', '\u{1F600}'.repeat(16_384), 196_608],
  ])('accepts %s', async (_, description, size) => {
    const body = legal(escaped(description));
    expect(Buffer.byteLength(body)).toBeGreaterThan(size);
    const created = await send(body);
    expect(created.status).toBe(201);
    expect(Incident.parse(created.body).description).toBe(description);
  });

  test.each([
    ['a byte more than 64 KiB', `${'я'.repeat(32_767)}abc`],
    ['the same in emoji', `${'\u{1F600}'.repeat(16_384)}a`],
  ])('refuses %s', async (_, description) => {
    const { status, body } = await send(legal(description));
    expect(status).toBe(422);
    expect(refusalsOf(body)).toEqual(['body.description too_many_bytes']);
  });

  test('accepts 512 KiB; one more byte is 413 and ends the connection', async () => {
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

  test('stops reading an endless body', async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(toUtf8(' '.repeat(65_536)));
      },
    });
    expect((await send(endless)).status).toBe(413);
    expect(pulled).toBeLessThan(20);
  });
});
