import { expect, test } from 'vitest';
import { fitText, shortenText } from './fit-text.ts';
import { html } from './markup.ts';

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
])('%j in %i units is %j', (text, room, written) => {
  expect(fitText(text, html.escapeText, room)).toBe(written);
});

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['🔥🔥🔥', 3, '🔥🔥🔥'],
  ['🔥🔥🔥🔥', 3, '🔥🔥…'],
  ['a🔥🔥🔥🔥🔥🔥', 3, 'a🔥…'],
  ['one two three', 5, 'one…'],
])('%j in %i characters is %j', (text, most, shortened) => {
  expect(shortenText(text, most)).toBe(shortened);
});
