import { describe, expect, test } from 'vitest';
import { parseJson } from './parse-json.ts';

const backslash = String.raw`\\`;

describe('parseJson', () => {
  test.each([
    [
      `{"a":1,"${backslash}":2}`,
      String.raw`{"a":1,"\u0431":2}`,
      [
        ['a', 1],
        ['б', 2],
      ],
    ],
    [
      `{"b":1,"${backslash}":2}`,
      String.raw`{"b":1,"\"":2}`,
      [
        ['b', 1],
        ['"', 2],
      ],
    ],
    [
      `{"c":1,"${backslash}u043":2}`,
      String.raw`{"c":1,"\u0431cdef":2}`,
      [
        ['c', 1],
        ['бcdef', 2],
      ],
    ],
  ])('reads names after %s', (before, text, entries) => {
    parseJson(before);
    expect(Object.entries(parseJson(text) as object)).toEqual(entries);
  });

  // Not compared with JSON.parse, which has the error.
  test.each<[string, unknown]>([
    ['1', 1],
    ['"\\""', '"'],
    [String.raw`{"\u0061":1,"a":2}`, { a: 2 }],
    [String.raw`{"a":1,"\u0061":2}`, { a: 2 }],
    [
      String.raw`{"x":{"\"":[{"\n":null},"\":"]} , "\\:" : "\"}"}`,
      { x: { '"': [{ '\n': null }, '":'] }, '\\:': '"}' },
    ],
    [String.raw`["\"a\":", {"\\":"\\"}]`, ['"a":', { '\\': '\\' }]],
    [String.raw`{"a":"\u0431\u043e\u0442"}`, { a: 'бот' }],
    ['{"":{"b":[]}}', { '': { b: [] } }],
  ])('reads %s', (text, expected) => {
    expect(parseJson(text)).toEqual(expected);
  });

  test('keeps __proto__ a field', () => {
    const value = parseJson(String.raw`{"__proto__":1,"\u005f_proto__":2,"\"":3}`);
    expect(Object.entries(value as object)).toEqual([
      ['__proto__', 2],
      ['"', 3],
    ]);
  });

  test.each(['', '{', String.raw`{"\x":1}`, String.raw`{"\u12":1}`, `"${'\\"'.repeat(100_000)}`])(
    'refuses what is no JSON',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );
});
