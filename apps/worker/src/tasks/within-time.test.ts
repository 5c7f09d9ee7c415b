import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withinTime } from './within-time.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const never = new AbortController().signal;

test('work that ends in time ends as it does', async () => {
  await withinTime(60, never, async () => {});
  await expect(withinTime(60, never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(vi.getTimerCount()).toBe(0);
});

test('work that takes too long is aborted, and may end by itself', async () => {
  const ended = withinTime(
    60,
    never,
    (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  );
  await vi.advanceTimersByTimeAsync(60_000);
  await ended;
});

test('nobody waits for work that never ends', async () => {
  const ended = expect(withinTime(60, never, () => new Promise(() => {}))).rejects.toThrow(
    'it did not end within 60 s',
  );
  await vi.advanceTimersByTimeAsync(65_000);
  await ended;
});

test('whoever ends the process aborts the work as well', async () => {
  const stopping = new AbortController();
  let aborted = false;
  const ended = withinTime(60, stopping.signal, async (signal) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    aborted = true;
  });
  stopping.abort();
  await ended;
  expect(aborted).toBe(true);
});
