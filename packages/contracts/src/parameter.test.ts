import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idParameter, wholeNumberParameter } from './parameter.ts';

/** Whole numbers for other parsers. */
const NOT_WHOLE = [
  '',
  ' ',
  '5 ',
  ' 5',
  '5\n',
  '\t5',
  '+5',
  '--5',
  '5.0',
  '5.',
  '.5',
  '1e3',
  '1E3',
  '0x10',
  '0b1',
  '0o7',
  '1_000',
  '1,000',
  '5n',
  'NaN',
  'Infinity',
  '-',
  'null',
  'true',
  '٣',
  '५',
  '５',
  '²',
  '−5',
  '5\0',
  '5;',
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

  test('accepts ASCII digits alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        fc.pre(!/^-?[0-9]+$/.test(value));
        expect(parameter.safeParse(value).error?.issues).toMatchObject([
          { code: 'invalid_type', expected: 'int' },
        ]);
      }),
    );
  });

  test.each(NOT_WHOLE.map((value) => [value]))('refuses %j', (value) => {
    expect(parameter.safeParse(value).error?.issues).toMatchObject([
      { code: 'invalid_type', expected: 'int' },
    ]);
  });

  test.each([
    ['-1', 'too_small'],
    ['-99999999999999999999', 'too_small'],
    ['10001', 'too_big'],
    ['9'.repeat(400), 'too_big'],
  ])('refuses %s as %s', (value, code) => {
    expect(parameter.safeParse(value).error?.issues).toMatchObject([{ code }]);
  });

  test('parses -0 as 0', () => {
    expect(Object.is(parameter.parse('-0'), 0)).toBe(true);
  });

  test('accepts the limits', () => {
    expect(parameter.parse('0')).toBe(0);
    expect(parameter.parse('10000')).toBe(10_000);
    const widest = wholeNumberParameter({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, fallback: 0 });
    expect(widest.parse('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    // Number() rounds it to 2^53.
    expect(widest.safeParse('9007199254740993').success).toBe(false);
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

  test.each(NOT_WHOLE.map((value) => [value]))('refuses %j', (value) => {
    expect(id.safeParse(value).error?.issues).toMatchObject([{ code: 'invalid_type', expected: 'int' }]);
  });
});
