import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { awaitWithTimeout } from './await-with-timeout.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('settles as the work does and leaves no timer', async () => {
  await awaitWithTimeout(60, Promise.resolve());
  await expect(awaitWithTimeout(60, Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(vi.getTimerCount()).toBe(0);
});

test('rejects at the timeout when the work never ends', async () => {
  const ended = expect(awaitWithTimeout(60, new Promise(() => {}))).rejects.toThrow(
    'it did not end within 60 s',
  );
  await vi.advanceTimersByTimeAsync(60_000);
  await ended;
  expect(vi.getTimerCount()).toBe(0);
});

test('ignores an error of the work after the timeout', async () => {
  const work = new Promise<void>((_resolve, reject) => setTimeout(() => reject(new Error('late')), 90_000));
  const ended = expect(awaitWithTimeout(60, work)).rejects.toThrow('it did not end within 60 s');
  await vi.advanceTimersByTimeAsync(120_000);
  await ended;
});
