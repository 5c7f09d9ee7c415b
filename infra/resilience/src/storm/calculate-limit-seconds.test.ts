import { expect, test } from 'vitest';
import { calculateLimitSeconds } from './calculate-limit-seconds.ts';

const person = { isGroup: false, incidents: 100, changes: 2 };

test('needs three times as long for a group as for a person', () => {
  const policy = { threshold: 10, perDigest: 30 };
  expect(calculateLimitSeconds([person], policy)).toBe(10 + 3 + 2);
  expect(calculateLimitSeconds([person, { ...person, isGroup: true }], policy)).toBe(45);
});

test('is bound by the limit of the whole bot with many chats', () => {
  const chats = Array.from({ length: 60 }, () => person);
  expect(calculateLimitSeconds(chats, { threshold: 10, perDigest: 30 })).toBeCloseTo((60 * 15) / 30);
});
