import { describe, expect, test } from 'vitest';
import { createTimeFormatter } from './create-time-formatter.ts';

describe('createTimeFormatter', () => {
  test.each([
    ['UTC', '2025-11-08T12:00:59.999Z', '2025-11-08 12:00 UTC'],
    ['Etc/UTC', '9999-12-31T23:59:59.999Z', '9999-12-31 23:59 UTC'],
    ['Europe/Moscow', '2025-11-08T12:00:00.000Z', '2025-11-08 15:00 UTC+3'],
    ['Europe/Moscow', '2025-11-08T21:00:00.000Z', '2025-11-09 00:00 UTC+3'],
    ['Asia/Kathmandu', '2025-12-31T18:30:00.000Z', '2026-01-01 00:15 UTC+5:45'],
    ['America/New_York', '2025-11-02T05:30:00.000Z', '2025-11-02 01:30 UTC-4'],
    ['America/New_York', '2025-11-02T06:30:00.000Z', '2025-11-02 01:30 UTC-5'],
    ['Europe/London', '2025-01-08T12:00:00.000Z', '2025-01-08 12:00 UTC'],
    [
      'Asia/Yekaterinburg',
      '0044-03-15T00:00:00.000Z',
      expect.stringMatching(/^0044-03-1\d 0\d:\d\d UTC\+4:02/),
    ],
  ])('formats in %s: %s as %s', (timeZone, time, formatted) => {
    expect(createTimeFormatter(timeZone)(time)).toEqual(formatted);
  });

  test('formats many times with one formatter', () => {
    const format = createTimeFormatter('Europe/Moscow');
    const minutes = Array.from({ length: 120 }, (_, index) => new Date(1_762_596_000_000 + index * 30_000));
    expect(minutes.map((time) => format(time.toISOString()))).toEqual(
      minutes.map((time) => createTimeFormatter('Europe/Moscow')(time.toISOString())),
    );
  });

  test.each(['MSK', 'Europe/Moskva', '', ' UTC'])('throws for the unknown time zone %j', (timeZone) => {
    expect(() => createTimeFormatter(timeZone)).toThrow(RangeError);
  });
});
