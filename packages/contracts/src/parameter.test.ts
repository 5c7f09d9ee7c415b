import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idParameter, wholeNumberParameter } from './parameter.ts';

/** What other readers of numbers take for a whole number. */
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

describe('a whole number in a query', () => {
  const parameter = wholeNumberParameter({ minimum: 0, maximum: 10_000, fallback: 100 });

  test('is the number that its digits say', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), fc.nat({ max: 5 }), (number, zeros) => {
        expect(parameter.parse('0'.repeat(zeros) + number)).toBe(number);
      }),
    );
  });

  test('is nothing but ASCII digits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        fc.pre(!/^-?[0-9]+$/.test(value));
        expect(parameter.safeParse(value).error?.issues).toMatchObject([
          { code: 'invalid_type', expected: 'int' },
        ]);
      }),
    );
  });

  test.each(NOT_WHOLE.map((value) => [value]))('%j is refused', (value) => {
    expect(parameter.safeParse(value).error?.issues).toMatchObject([
      { code: 'invalid_type', expected: 'int' },
    ]);
  });

  test.each([
    ['-1', 'too_small'],
    ['-99999999999999999999', 'too_small'],
    ['10001', 'too_big'],
    ['9'.repeat(400), 'too_big'],
  ])('%s is out of range: %s', (value, code) => {
    expect(parameter.safeParse(value).error?.issues).toMatchObject([{ code }]);
  });

  test('-0 is a plain 0', () => {
    expect(Object.is(parameter.parse('-0'), 0)).toBe(true);
  });

  test('the limits themselves are taken', () => {
    expect(parameter.parse('0')).toBe(0);
    expect(parameter.parse('10000')).toBe(10_000);
    const widest = wholeNumberParameter({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, fallback: 0 });
    expect(widest.parse('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    // Rounded to 2^53 by any reader of numbers, so it could not be told from its neighbour.
    expect(widest.safeParse('9007199254740993').success).toBe(false);
  });

  test('left out, it is its default', () => {
    expect(parameter.parse(undefined)).toBe(100);
  });

  test.each([[5], [null], [['5']]])('%j is no string of a query', (value) => {
    expect(parameter.safeParse(value).success).toBe(false);
  });
});

describe('an id', () => {
  const id = idParameter();

  test('is every positive whole number below 2^53', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (number) => {
        expect(id.parse(String(number))).toBe(number);
      }),
    );
  });

  test.each(['0', '-0', '-1', String(2 ** 53), String(2n ** 63n), '9'.repeat(1000), `-${'9'.repeat(1000)}`])(
    '%s, which no row can have, is the 0 that none has',
    (value) => {
      expect(Object.is(id.parse(value), 0)).toBe(true);
    },
  );

  test.each(NOT_WHOLE.map((value) => [value]))('%j is refused', (value) => {
    expect(id.safeParse(value).error?.issues).toMatchObject([{ code: 'invalid_type', expected: 'int' }]);
  });
});
