import { SlidingWindows, type WindowLimits } from '@incidents/testing/telegram/sliding-windows';
import { describe, expect, test } from 'vitest';
import { chatInterval, totalInterval } from './limits.ts';

const telegram: WindowLimits = { chatPerSecond: 1, groupPerMinute: 20, totalPerSecond: 30 };

describe('chatInterval', () => {
  test.each([
    ['12345', 1_000],
    ['-1001234567890', 3_000],
    ['@Channel', 3_000],
  ])('of %s is %s ms', (chat, interval) => {
    expect(chatInterval(chat, telegram)).toBeCloseTo(interval);
  });

  test('is never shorter for a group than for a person', () => {
    expect(chatInterval('-1', { ...telegram, groupPerMinute: 600 })).toBeCloseTo(1_000);
  });

  test.each(['1', '-1'])(
    'begun at each reply breaks no sliding window of %s, however long calls take',
    (chat) => {
      for (const limits of [telegram, { chatPerSecond: 3, groupPerMinute: 60, totalPerSecond: 100 }]) {
        const windows = new SlidingWindows(limits);
        let now = 0;
        for (let index = 0; index < 500; index++) {
          const [there, back] = [(index * 37) % 150, (index * 53) % 150];
          windows.arrive(chat, now + there);
          now += there + back + chatInterval(chat, limits);
        }
        expect(windows.violations).toEqual({ chat: 0, group: 0, total: 0 });
      }
    },
  );
});

describe('totalInterval', () => {
  test('of what Telegram allows', () => {
    expect(totalInterval(telegram)).toBeCloseTo(38.33, 1);
  });

  test('messages that are held up on their way for up to 150 ms break no sliding window', () => {
    for (const limits of [telegram, { ...telegram, totalPerSecond: 100 }]) {
      const windows = new SlidingWindows(limits);
      // Every other message is late, which is the worst for those right behind it.
      const arrivals = Array.from({ length: 500 }, (_, index) => ({
        at: index * totalInterval(limits) + (index % 2) * 149,
        chat: String(index),
      }));
      for (const arrival of arrivals.toSorted((a, b) => a.at - b.at))
        windows.arrive(arrival.chat, arrival.at);
      expect(windows.violations).toEqual({ chat: 0, group: 0, total: 0 });
    }
  });
});
