import { expect, test } from 'vitest';
import { shownOf } from './fake-markup.ts';

test.each([
  ['<b>a</b> &lt;&amp;', 'a <&'],
  ['<blockquote expandable>a</blockquote>', 'a'],
  ['<b><a href="https://example.com/?a&amp;b">a</a></b>', 'a'],
  ['<a>a</a>', undefined],
  ['<b href="x">a</b>', undefined],
  ['<b>a', undefined],
  ['<b><i>a</b></i>', undefined],
  ['a < b', undefined],
  ['&nbsp;', undefined],
  ['<script>a</script>', undefined],
])('shows %j as %j', (written, shown) => {
  expect(shownOf(written)).toBe(shown);
});
