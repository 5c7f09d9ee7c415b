import { describe, expect, test } from 'vitest';
import { calculateRetryDelayMs } from './calculate-retry-delay-ms.ts';

describe('calculateRetryDelayMs', () => {
  test('grows from seconds to minutes, and repeats the longest delay', () => {
    const meanSeconds = (attempts: number) => calculateRetryDelayMs(attempts, 0.5) / 1000;
    expect(Array.from({ length: 12 }, (_, index) => meanSeconds(index + 1))).toEqual([
      2, 5, 15, 30, 60, 120, 300, 600, 900, 900, 900, 900,
    ]);
    expect(meanSeconds(1_000_000)).toBe(900);
  });

  test('spreads each delay by a fifth either way', () => {
    expect(calculateRetryDelayMs(1, 0)).toBe(1_600);
    expect(calculateRetryDelayMs(1, 1)).toBe(2_400);
    expect(calculateRetryDelayMs(9, 0)).toBe(720_000);
    expect(calculateRetryDelayMs(9, 0.25)).toBe(810_000);
  });

  test('differs between deliveries that failed together', () => {
    const delays = Array.from({ length: 100 }, () => calculateRetryDelayMs(3, Math.random()));
    expect(new Set(delays).size).toBeGreaterThan(50);
  });
});
