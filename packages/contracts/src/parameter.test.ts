import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idParameter, wholeNumberParameter } from './parameter.ts';

/** Each was read as 1000 by pydantic 2.13. */
const ACCEPTED = [
  '1000',
  '01000',
  '+1000',
  ' 1000',
  '1000 ',
  '1000\n',
  '\t1000',
  '\u000b1000',
  '\u00851000',
  '\u00a01000',
  '1000\u2003',
  '\u20281000',
  '1000.0',
  '1000.00',
  '1_000',
  '0_1_000',
  '1_000.0',
  ' +01000.000 ',
  `1000.${'0'.repeat(5_000)}`,
];

/** Each was refused by pydantic 2.13; some are whole numbers for other parsers. */
const REFUSED = [
  '',
  ' ',
  '--5',
  '+-5',
  '+ 5',
  '5.',
  '.5',
  '.0',
  '5.5',
  '5.0.0',
  '5 .0',
  '5. 0',
  '5 5',
  '1e3',
  '1E3',
  '5.0e0',
  '0x10',
  '0b1',
  '0o7',
  '1__0',
  '_1',
  '1_',
  '+_1',
  '1.0_0',
  '1,000',
  '5n',
  'NaN',
  'Infinity',
  '+',
  '-',
  '_',
  '.',
  'null',
  'true',
  '٣',
  '५',
  '５',
  '²',
  '−5',
  '5\0',
  '5;',
  '\u001c5',
  '\ufeff5',
];

describe('wholeNumberParameter', () => {
  const parameter = wholeNumberParameter({ minimum: 0, maximum: 10_000, fallback: 100 });

  test('parses digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), fc.nat({ max: 5 }), (number, zeros) => {
        expect(parameter.parse('0'.repeat(zeros) + number)).toBe(number);
      }),
    );
  });

  test.each(ACCEPTED.map((value) => [value]))('parses %j', (value) => {
    expect(parameter.parse(value)).toBe(1000);
  });

  test.each(REFUSED.map((value) => [value]))('refuses %j', (value) => {
    expect(parameter.safeParse(value).error?.issues).toMatchObject([
      { code: 'invalid_type', expected: 'int' },
    ]);
  });

  test('refuses a hostile length quickly', () => {
    for (const part of [' ', '1', '1_', '0.0', '_']) {
      const startedAt = performance.now();
      expect(parameter.safeParse(`${part.repeat(50_000)}x`).success).toBe(false);
      expect(performance.now() - startedAt).toBeLessThan(5_000);
    }
  });

  test.each([
    ['-1', 'too_small'],
    ['-99999999999999999999', 'too_small'],
    ['10001', 'too_big'],
    ['+10001.0', 'too_big'],
    ['9'.repeat(400), 'too_big'],
  ])('refuses %s as %s', (value, code) => {
    expect(parameter.safeParse(value).error?.issues).toMatchObject([{ code }]);
  });

  test.each(['-0', '-0.0'])('parses %s as 0', (value) => {
    expect(Object.is(parameter.parse(value), 0)).toBe(true);
  });

  test('accepts the limits', () => {
    expect(parameter.parse('0')).toBe(0);
    expect(parameter.parse('10000')).toBe(10_000);
    const widest = wholeNumberParameter({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, fallback: 0 });
    expect(widest.parse('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    // Number() rounds it to 2^53.
    expect(widest.safeParse('9007199254740993').success).toBe(false);
    expect(widest.safeParse('9007199254740993.0').success).toBe(false);
  });

  test('has a default', () => {
    expect(parameter.parse(undefined)).toBe(100);
  });

  test.each([[5], [null], [['5']]])('refuses the type of %j', (value) => {
    expect(parameter.safeParse(value).success).toBe(false);
  });
});

describe('idParameter', () => {
  const id = idParameter();

  test('parses every positive whole number below 2^53', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (number) => {
        expect(id.parse(String(number))).toBe(number);
      }),
    );
  });

  test.each(['0', '-0', '-1', String(2 ** 53), String(2n ** 63n), '9'.repeat(1000), `-${'9'.repeat(1000)}`])(
    'parses %s as 0',
    (value) => {
      expect(Object.is(id.parse(value), 0)).toBe(true);
    },
  );

  test.each(ACCEPTED.map((value) => [value]))('parses %j', (value) => {
    expect(id.parse(value)).toBe(1000);
  });

  test.each(REFUSED.map((value) => [value]))('refuses %j', (value) => {
    expect(id.safeParse(value).error?.issues).toMatchObject([{ code: 'invalid_type', expected: 'int' }]);
  });
});
