import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countCodePoints,
  countUtf8Bytes,
  storableText,
  textOfBytes,
  textOfCharacters,
} from './storable-text.ts';

/** Any string of UTF-16 units, lone surrogates included. */
const anyUnits = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
});
/** Mostly surrogates. */
const surrogates = fc.string({ unit: fc.constantFrom('\ud83d', '\ude00', '\u{1F600}', 'a', 'я', '€') });

/** A character of each length in UTF-8. */
const BY_BYTES = [
  [1, 'a'],
  [2, 'я'],
  [3, '€'],
  [4, '\u{1F600}'],
] as const;

const reasonsOf = (schema: ReturnType<typeof storableText>, value: unknown) =>
  (schema.safeParse(value).error?.issues ?? []).map((issue) =>
    issue.code === 'custom' ? issue.params?.reason : issue.code,
  );

describe('countCodePoints, countUtf8Bytes', () => {
  test('agree with the string iterator', () => {
    fc.assert(
      fc.property(fc.oneof(anyUnits, surrogates), (value) => {
        expect(countCodePoints(value)).toBe([...value].length);
      }),
    );
  });

  test('agree with Buffer', () => {
    fc.assert(
      fc.property(fc.oneof(anyUnits, surrogates), (value) => {
        expect(countUtf8Bytes(value)).toBe(Buffer.byteLength(value));
      }),
    );
  });

  test.each([
    ['', 0, 0],
    ['a', 1, 1],
    ['я', 1, 2],
    ['€', 1, 3],
    ['\u{1F600}', 1, 4],
    // Four emoji and three joiners.
    ['👨‍👩‍👧‍👦', 7, 25],
    ['и\u0306', 2, 4],
    ['\ud83d', 1, 3],
    ['\ude00\ud83d', 2, 6],
    ['\ud83d\u{1F600}\ude00', 3, 10],
  ])('%j: %i characters, %i bytes', (value, characters, bytes) => {
    expect(countCodePoints(value)).toBe(characters);
    expect(countUtf8Bytes(value)).toBe(bytes);
  });
});

describe('storableText', () => {
  test('returns every string without NUL and lone surrogates unchanged', () => {
    fc.assert(
      fc.property(fc.oneof(anyUnits, surrogates), (value) => {
        const result = storableText().safeParse(value);
        expect(result.success).toBe(value.isWellFormed() && !value.includes('\0'));
        if (result.success) expect(result.data).toBe(value);
      }),
    );
  });

  test.each([
    ['\0', 'nul_character'],
    ['text\0', 'nul_character'],
    ['\ud800', 'lone_surrogate'],
    ['\udfff', 'lone_surrogate'],
    ['a\ud83db', 'lone_surrogate'],
    ['\ude00\ud83d', 'lone_surrogate'],
    ['\u{1F600}\ude00', 'lone_surrogate'],
    ['\ud83d\u{1F600}', 'lone_surrogate'],
  ])('refuses %j: %s', (value, reason) => {
    expect(reasonsOf(storableText(), value)).toEqual([reason]);
    expect(reasonsOf(textOfCharacters(10), value)).toEqual([reason]);
    expect(reasonsOf(textOfBytes(10), value)).toEqual([reason]);
  });

  test.each([
    '\u0001',
    '\u007f',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\ufffd',
    '\uffff',
    '\u{10FFFF}',
    ' ',
    '\r\n\t',
  ])('returns %j unchanged', (value) => {
    expect(storableText().parse(value)).toBe(value);
    expect(textOfCharacters(10).parse(value)).toBe(value);
  });

  test.each([[1], [true], [null], [undefined], [[]], [['a']], [{}]])('refuses %j', (value) => {
    expect(reasonsOf(storableText(), value)).toEqual(['invalid_type']);
  });
});

describe('textOfCharacters', () => {
  test('agrees with a count for every string', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.integer({ min: 1, max: 20 }),
        (value, most) => {
          const allowed = value !== '' && !value.includes('\0') && [...value].length <= most;
          expect(textOfCharacters(most).safeParse(value).success).toBe(allowed);
        },
      ),
    );
  });

  test.each(BY_BYTES)('accepts 1000 characters of %i bytes, not 1001', (_, character) => {
    const schema = textOfCharacters(1000);
    expect(reasonsOf(schema, character.repeat(1000))).toEqual([]);
    expect(reasonsOf(schema, character.repeat(1001))).toEqual(['too_big']);
    expect(reasonsOf(schema, character.repeat(3000))).toEqual(['too_big']);
  });

  test('counts emoji like letters', () => {
    const schema = textOfCharacters(1000);
    expect(reasonsOf(schema, `${'\u{1F600}'.repeat(999)}a`)).toEqual([]);
    expect(reasonsOf(schema, `${'\u{1F600}'.repeat(999)}ab`)).toEqual(['too_big']);
    expect(reasonsOf(schema, `${'a'.repeat(999)}\u{1F600}`)).toEqual([]);
    expect(reasonsOf(schema, `${'a'.repeat(1000)}\u{1F600}`)).toEqual(['too_big']);
  });

  test('refuses an empty text, not white space', () => {
    expect(reasonsOf(textOfCharacters(10), '')).toEqual(['too_small']);
    expect(reasonsOf(textOfCharacters(10), ' ')).toEqual([]);
  });
});

describe('textOfBytes', () => {
  test('agrees with a count for every string', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.integer({ min: 1, max: 60 }),
        (value, most) => {
          const allowed = value !== '' && !value.includes('\0') && Buffer.byteLength(value) <= most;
          expect(textOfBytes(most).safeParse(value).success).toBe(allowed);
        },
      ),
    );
  });

  test.each(BY_BYTES)(
    'accepts 65,536 bytes of characters of %i bytes, not one byte more',
    (bytes, character) => {
      const schema = textOfBytes(65_536);
      const whole = Math.floor(65_536 / bytes);
      const full = character.repeat(whole) + 'a'.repeat(65_536 - whole * bytes);
      expect(Buffer.byteLength(full)).toBe(65_536);
      expect(reasonsOf(schema, full)).toEqual([]);
      expect(reasonsOf(schema, `${full}a`)).toEqual(['too_many_bytes']);
      expect(reasonsOf(schema, full.replace(/^./u, '') + character.repeat(2))).toEqual(['too_many_bytes']);
    },
  );

  test('refuses an empty text', () => {
    expect(reasonsOf(textOfBytes(10), '')).toEqual(['too_small']);
  });
});
