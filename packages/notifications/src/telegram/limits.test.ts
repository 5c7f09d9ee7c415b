import { expect, test } from 'vitest';
import { turnIntervals, turnLimits } from './limits.ts';
import { SlidingWindows, type WindowLimits } from './testing/sliding-windows.ts';

const telegram: WindowLimits = { chatPerSecond: 1, groupPerMinute: 20, totalPerSecond: 30 };

test('the intervals of what Telegram allows', () => {
  const { chat, group, total } = turnIntervals(telegram);
  expect(chat).toBeCloseTo(1_150);
  expect(group).toBeCloseTo(3_150);
  expect(total).toBeCloseTo(38.33, 1);
});

test('a group is never faster than a chat', () => {
  expect(turnIntervals({ ...telegram, groupPerMinute: 600 }).group).toBeCloseTo(1_150);
});

test.each([
  ['12345', 'chat:12345', 1_150],
  ['-1001234567890', 'chat:-1001234567890', 3_150],
  ['@Channel', 'chat:@channel', 3_150],
])('a message to %s is under the limit %s', (chat, scope, interval) => {
  const limits = turnLimits(chat, turnIntervals(telegram));
  expect(limits.total.scope).toBe('total');
  expect(limits.chat.scope).toBe(scope);
  expect(limits.chat.interval).toBeCloseTo(interval);
});

test('messages that are held up on their way for up to 150 ms break no sliding window', () => {
  for (const limits of [telegram, { chatPerSecond: 3, groupPerMinute: 60, totalPerSecond: 100 }]) {
    const { chat, group, total } = turnIntervals(limits);
    for (const [name, interval, to] of [
      ['chat', chat, () => '1'],
      ['group', group, () => '-1'],
      ['total', total, (index: number) => String(index)],
    ] as const) {
      const windows = new SlidingWindows(limits);
      // Every other message is late, which is the worst for those right behind it.
      const arrivals = Array.from({ length: 500 }, (_, index) => ({
        at: index * interval + (index % 2) * 149,
        chat: to(index),
      }));
      for (const arrival of arrivals.toSorted((a, b) => a.at - b.at))
        windows.arrive(arrival.chat, arrival.at);
      expect(windows.violations, name).toEqual({ chat: 0, group: 0, total: 0 });
    }
  }
});
