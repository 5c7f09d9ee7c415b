import { describe, expect, test } from 'vitest';
import { median, medianRatio } from './medians.ts';

describe('median', () => {
  test.each([
    [[7], 7],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 100], 10],
  ])('of %j is %d', (numbers, expected) => {
    expect(median(numbers)).toBe(expected);
  });

  test('leaves its input in order', () => {
    const numbers = [3, 1, 2];
    median(numbers);
    expect(numbers).toEqual([3, 1, 2]);
  });

  test('is NaN without numbers', () => {
    expect(median([])).toBeNaN();
  });
});

describe('medianRatio', () => {
  test('compares within rounds', () => {
    // Each is twice the other in its round; the rounds differ by a factor of 100.
    expect(medianRatio([200, 20, 2_000], [100, 10, 1_000])).toBe(2);
  });

  test('is not the ratio of the medians', () => {
    expect(medianRatio([100, 300, 200], [100, 100, 400])).toBe(1);
  });

  test('throws for different lengths', () => {
    expect(() => medianRatio([1, 2], [1])).toThrow('as many rounds');
  });
});
