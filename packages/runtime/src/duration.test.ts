import { describe, expect, test } from 'vitest';
import { duration, durationsBySeverity } from './duration.ts';

describe('duration', () => {
  test.each([
    ['30s', 30],
    ['5m', 300],
    ['1h', 3_600],
    [' 2d ', 172_800],
    ['365d', 31_536_000],
  ])('reads %j as %i seconds', (text, seconds) => {
    expect(duration().parse(text)).toBe(seconds);
  });

  test.each(['', '5', 'm', '0s', '-1m', '1.5h', '366d', '5 m', '5M', '1h30m', '9999999999s'])(
    'refuses %j',
    (text) => {
      expect(duration().safeParse(text).success).toBe(false);
    },
  );
});

describe('durationsBySeverity', () => {
  test('reads a period for each severity', () => {
    expect(durationsBySeverity().parse('critical=5m, error=30m')).toEqual({ critical: 300, error: 1_800 });
  });

  test.each(['critical', 'critical=', '=5m', 'fatal=5m', 'critical=5m,critical=6m', 'critical=5m,', '5m'])(
    'refuses %j',
    (text) => {
      expect(durationsBySeverity().safeParse(text).success).toBe(false);
    },
  );
});
