import { describe, expect, test } from 'vitest';
import { escapeToFit, truncateCodePoints } from './escape-to-fit.ts';
import { htmlMarkup } from './markup.ts';

describe('escapeToFit', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['a&b', 7, 'a&amp;b'],
    ['a&b', 6, 'a…'],
    ['&', 4, '…'],
    ['🔥🔥', 4, '🔥🔥'],
    ['🔥🔥', 3, '🔥…'],
    ['🔥🔥', 2, '…'],
    ['one two', 5, 'one…'],
    ['abc', 0, ''],
    ['', 0, ''],
    ['a🔥b', 3, 'a…'],
    ['a🔥&b', 4, 'a🔥…'],
    ['a🔥&b', 8, 'a🔥…'],
    ['a🔥&b', 9, 'a🔥&amp;b'],
  ])('fits %j into %i units as %j', (text, maxUnits, escaped) => {
    expect(escapeToFit(text, htmlMarkup.escapeText, maxUnits)).toBe(escaped);
  });
});

describe('truncateCodePoints', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['🔥🔥🔥', 3, '🔥🔥🔥'],
    ['🔥🔥🔥🔥', 3, '🔥🔥…'],
    ['a🔥🔥🔥🔥🔥🔥', 3, 'a🔥…'],
    ['one two three', 5, 'one…'],
  ])('truncates %j to %i code points as %j', (text, maxCodePoints, truncated) => {
    expect(truncateCodePoints(text, maxCodePoints)).toBe(truncated);
  });
});
