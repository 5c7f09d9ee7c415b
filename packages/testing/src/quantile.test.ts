import { expect, test } from 'vitest';
import { quantile } from './quantile.ts';

test.each([
  [[3, 1, 2], 0, 1],
  [[3, 1, 2], 0.5, 2],
  [[3, 1, 2], 1, 3],
  [[4, 3, 2, 1], 0.5, 2],
  [Array.from({ length: 100 }, (_, index) => index + 1), 0.99, 99],
  [[7], 0.99, 7],
])('of %j, %d do not exceed %d', (numbers, part, expected) => {
  expect(quantile(numbers, part)).toBe(expected);
});

test('is NaN without numbers, so that no limit holds', () => {
  expect(quantile([], 0.99) < 100).toBe(false);
});
