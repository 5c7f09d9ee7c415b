import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runStep } from './run-step.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('runStep prints something every 2.5 s until the step has ended', async () => {
  const lines: string[] = [];
  const work = Promise.withResolvers<string>();
  const step = runStep(
    'Building',
    (line) => lines.push(line),
    () => work.promise,
  );
  expect(lines).toEqual(['Building …']);
  vi.advanceTimersByTime(2_600);
  expect(lines).toEqual(['Building …', 'Building … 3 s']);
  vi.advanceTimersByTime(2_500);
  expect(lines).toHaveLength(3);
  work.resolve('built');
  expect(await step).toBe('built');
  vi.advanceTimersByTime(60_000);
  expect(lines).toHaveLength(3);
});

test('runStep is silent after a failure', async () => {
  const lines: string[] = [];
  const step = runStep(
    'Building',
    (line) => lines.push(line),
    () => Promise.reject(new Error('no')),
  );
  await expect(step).rejects.toThrow('no');
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual(['Building …']);
});
