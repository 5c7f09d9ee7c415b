import { SlidingWindows, type WindowLimits } from '@incidents/testing/telegram/sliding-windows';
import { describe, expect, test } from 'vitest';
import { getChatIntervalMs } from './limits.ts';

const telegram: WindowLimits = { chatPerSecond: 1, groupPerMinute: 20, totalPerSecond: 30 };

describe('getChatIntervalMs', () => {
  test.each([
    ['12345', 1_000],
    ['-1001234567890', 3_000],
    ['@Channel', 3_000],
  ])('for %s is %s ms', (chat, intervalMs) => {
    expect(getChatIntervalMs(chat, telegram)).toBeCloseTo(intervalMs);
  });

  test('is never shorter for a group than for a person', () => {
    expect(getChatIntervalMs('-1', { ...telegram, groupPerMinute: 600 })).toBeCloseTo(1_000);
  });

  test.each(['1', '-1'])('exceeds no sliding window of %s, however long calls take', (chat) => {
    for (const limits of [telegram, { chatPerSecond: 3, groupPerMinute: 60, totalPerSecond: 100 }]) {
      const windows = new SlidingWindows(limits);
      let now = 0;
      for (let index = 0; index < 500; index++) {
        const [requestMs, replyMs] = [(index * 37) % 150, (index * 53) % 150];
        windows.arrive(chat, now + requestMs);
        now += requestMs + replyMs + getChatIntervalMs(chat, limits);
      }
      expect(windows.violations).toEqual({ chat: 0, group: 0, total: 0 });
    }
  });
});
