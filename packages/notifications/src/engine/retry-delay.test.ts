import { expect, test } from 'vitest';
import { retryDelay } from './retry-delay.ts';

test('seconds first, then minutes; the longest repeats', () => {
  const middle = (attempts: number) => retryDelay(attempts, 0.5) / 1000;
  expect(Array.from({ length: 12 }, (_, index) => middle(index + 1))).toEqual([
    2, 5, 15, 30, 60, 120, 300, 600, 900, 900, 900, 900,
  ]);
  expect(middle(1_000_000)).toBe(900);
});

test('spread by a fifth either way', () => {
  expect(retryDelay(1, 0)).toBe(1_600);
  expect(retryDelay(1, 1)).toBe(2_400);
  expect(retryDelay(9, 0)).toBe(720_000);
  expect(retryDelay(9, 0.25)).toBe(810_000);
});

test('what failed together does not come back together', () => {
  const delays = Array.from({ length: 100 }, () => retryDelay(3, Math.random()));
  expect(new Set(delays).size).toBeGreaterThan(50);
});
