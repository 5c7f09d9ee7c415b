import { describe, expect, test } from 'vitest';
import { createQuietHours, QuietHoursList } from './quiet-hours.ts';

describe('QuietHoursList', () => {
  test('parses entries of several severities', () => {
    expect(QuietHoursList.parse('info,warning=22:00-08:00; error=00:30-07:05')).toEqual({
      info: { from: 1_320, to: 480 },
      warning: { from: 1_320, to: 480 },
      error: { from: 30, to: 425 },
    });
  });

  test.each([
    ['critical=22:00-08:00', 'critical is never quiet'],
    ['info,critical=22:00-08:00', 'critical is never quiet'],
    ['info=22:00-08:00;info=12:00-13:00', 'each once'],
    ['info=22:00-22:00', 'two different times'],
    ['info=24:00-08:00', 'two different times'],
    ['info=22-8', 'two different times'],
    ['info=22:00-08:00-09:00', 'two different times'],
    ['info=22:00', 'two different times'],
    ['fatal=22:00-08:00', 'severities (error, warning, info'],
    ['constructor=22:00-08:00', 'severities (error, warning, info'],
    ['=22:00-08:00', 'severities (error, warning, info'],
  ])('refuses %s', (value, message) => {
    expect(QuietHoursList.safeParse(value).error?.issues).toMatchObject([
      { message: expect.stringContaining(message) },
    ]);
  });
});

describe('createQuietHours', () => {
  const endAt = (hours: string, timeZone: string, now: string) =>
    createQuietHours(QuietHoursList.parse(`info=${hours}`), timeZone, () => Date.parse(now))().info;

  test.each([
    ['22:00-08:00', 'UTC', '2026-01-10T21:59:59.999Z', undefined],
    ['22:00-08:00', 'UTC', '2026-01-10T22:00:00.000Z', '2026-01-11T08:00:00.000Z'],
    ['22:00-08:00', 'UTC', '2026-01-11T07:59:59.999Z', '2026-01-11T08:00:00.000Z'],
    ['22:00-08:00', 'UTC', '2026-01-11T08:00:00.000Z', undefined],
    ['22:00-08:00', 'Europe/Moscow', '2026-01-10T19:30:00.000Z', '2026-01-11T05:00:00.000Z'],
    ['12:00-13:30', 'Asia/Kolkata', '2026-01-10T07:00:00.000Z', '2026-01-10T08:00:00.000Z'],
    // A day of quiet with one minute of noise.
    ['08:01-08:00', 'UTC', '2026-01-10T08:01:00.000Z', '2026-01-11T08:00:00.000Z'],
  ])('%s in %s at %s end at %s', (hours, timeZone, now, end) => {
    expect(endAt(hours, timeZone, now)).toBe(end);
  });

  test.each([
    // Berlin skips 02:00–03:00: the night is an hour shorter.
    ['a night with a skipped hour', '22:00-08:00', '2026-03-28T21:00:00.000Z', '2026-03-29T06:00:00.000Z'],
    ['an end that is skipped', '22:00-02:30', '2026-03-28T21:00:00.000Z', '2026-03-29T01:00:00.000Z'],
    // Berlin repeats 02:00–03:00: the night is an hour longer.
    ['a night with a repeated hour', '22:00-08:00', '2026-10-24T20:00:00.000Z', '2026-10-25T07:00:00.000Z'],
    [
      'an end that is repeated, the first time',
      '22:00-02:30',
      '2026-10-24T20:00:00.000Z',
      '2026-10-25T00:30:00.000Z',
    ],
    [
      'an end that is repeated, the second time',
      '22:00-02:30',
      '2026-10-25T01:10:00.000Z',
      '2026-10-25T01:30:00.000Z',
    ],
  ])('follows the local clock: %s', (_, hours, now, end) => {
    expect(endAt(hours, 'Europe/Berlin', now)).toBe(end);
  });

  test('has the severities that are quiet now, and follows a clock that is set back', () => {
    let now = Date.parse('2026-01-10T23:00:00.000Z');
    const quiet = createQuietHours(
      QuietHoursList.parse('info,warning=22:00-08:00;error=00:00-06:00'),
      'UTC',
      () => now,
    );
    const end = '2026-01-11T08:00:00.000Z';
    expect(quiet()).toEqual({ info: end, warning: end });
    now += 3_600_000;
    expect(quiet()).toEqual({ info: end, warning: end, error: '2026-01-11T06:00:00.000Z' });
    now -= 17 * 3_600_000;
    expect(quiet()).toEqual({ info: '2026-01-10T08:00:00.000Z', warning: '2026-01-10T08:00:00.000Z' });
    now += 3_600_000;
    expect(quiet()).toEqual({});
  });
});
