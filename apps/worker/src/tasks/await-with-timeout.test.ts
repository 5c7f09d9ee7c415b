import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { awaitWithTimeout } from './await-with-timeout.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('work that ends in time ends as it does, and leaves no timer', async () => {
  await awaitWithTimeout(60, Promise.resolve());
  await expect(awaitWithTimeout(60, Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(vi.getTimerCount()).toBe(0);
});

test('work that never ends is left to itself', async () => {
  const ended = expect(awaitWithTimeout(60, new Promise(() => {}))).rejects.toThrow(
    'it did not end within 60 s',
  );
  await vi.advanceTimersByTimeAsync(60_000);
  await ended;
  expect(vi.getTimerCount()).toBe(0);
});

test('work that fails after its time is over does no harm', async () => {
  const work = new Promise<void>((_resolve, reject) => setTimeout(() => reject(new Error('late')), 90_000));
  const ended = expect(awaitWithTimeout(60, work)).rejects.toThrow('it did not end within 60 s');
  await vi.advanceTimersByTimeAsync(120_000);
  await ended;
});
