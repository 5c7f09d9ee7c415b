import { expect, test } from 'vitest';
import { shownOf } from './fake-markup.ts';

test.each([
  ['<b>a</b> &lt;&amp;', 'a <&'],
  ['<blockquote expandable>a</blockquote>', 'a'],
  ['<b>a', undefined],
  ['<b><i>a</b></i>', undefined],
  ['a < b', undefined],
  ['&nbsp;', undefined],
  ['<script>a</script>', undefined],
])('shows %j as %j', (written, shown) => {
  expect(shownOf(written)).toBe(shown);
});
