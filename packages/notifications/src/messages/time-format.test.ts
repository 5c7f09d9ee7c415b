import { expect, test } from 'vitest';
import { createTimeFormat } from './time-format.ts';

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
])('%s: %s is %s', (timeZone, time, written) => {
  expect(createTimeFormat(timeZone)(time)).toEqual(written);
});

test('one function writes many times', () => {
  const format = createTimeFormat('Europe/Moscow');
  const minutes = Array.from({ length: 120 }, (_, index) => new Date(1_762_596_000_000 + index * 30_000));
  expect(minutes.map((time) => format(time.toISOString()))).toEqual(
    minutes.map((time) => createTimeFormat('Europe/Moscow')(time.toISOString())),
  );
});

test.each(['MSK', 'Europe/Moskva', '', ' UTC'])('%j is no time zone', (timeZone) => {
  expect(() => createTimeFormat(timeZone)).toThrow(RangeError);
});
