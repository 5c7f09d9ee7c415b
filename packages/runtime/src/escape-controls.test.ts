import { expect, test } from 'vitest';
import { escapeControls } from './escape-controls.ts';

test.each([
  ['an escape sequence', '\u001b]52;c;eA==\u0007', '\\u001b]52;c;eA==\\u0007'],
  ['C1 controls', '\u0080\u009b31m\u009f', '\\u0080\\u009b31m\\u009f'],
  ['lines', 'a\nb\rc\td\u2028e\u2029f', 'a\\u000ab\\u000dc\\u0009d\\u2028e\\u2029f'],
  ['directions of writing', '\u202e\u2066\u200f\u061c', '\\u202e\\u2066\\u200f\\u061c'],
  ['DEL', '\u007f', '\\u007f'],
])('escapes %s', (_, text, shown) => {
  expect(escapeControls(text)).toBe(shown);
});

test.each(['Бот не отвечает', '😀 \u00a0', 'שלום', '~ÿ'])('keeps %s', (text) => {
  expect(escapeControls(text)).toBe(text);
});
