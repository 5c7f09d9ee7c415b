import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createAdmission } from './admission.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Work that ends when it is told to. */
function work(log: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const run = () => {
    log.push(name);
    return promise;
  };
  return { run, end: resolve, fail: reject };
}

describe('two at a time, two that wait for a second', () => {
  const limits = { most: 2, patience: 1_000, queue: 2 };

  test('the rest comes in turn, also after one that failed', async () => {
    const log: string[] = [];
    const admission = createAdmission(limits);
    const works = ['a', 'b', 'c', 'd'].map((name) => work(log, name));
    const runs = works.map(({ run }) => admission.run(run));
    const failed = expect(runs[0]).rejects.toThrow('no');
    expect(log).toEqual(['a', 'b']);
    works[0]?.fail(new Error('no'));
    await failed;
    await vi.advanceTimersByTimeAsync(0);
    expect(log).toEqual(['a', 'b', 'c']);
    for (const { end } of works) end();
    await Promise.all(runs.slice(1));
    expect(log).toEqual(['a', 'b', 'c', 'd']);
    expect(vi.getTimerCount()).toBe(0);
    // All places are free again.
    await admission.run(async () => {});
  });

  test('one more is refused at once', async () => {
    const admission = createAdmission(limits);
    const held = ['a', 'b', 'c', 'd'].map((name) => work([], name));
    const runs = held.map(({ run }) => admission.run(run));
    await expect(admission.run(async () => {})).rejects.toMatchObject({
      code: 'overloaded',
      headers: { 'Retry-After': '1' },
    });
    for (const { end } of held) end();
    await Promise.all(runs);
  });

  test('who has waited for too long is refused and leaves the line', async () => {
    const log: string[] = [];
    const admission = createAdmission(limits);
    const held = ['a', 'b'].map((name) => work(log, name));
    const runs = held.map(({ run }) => admission.run(run));
    const late = expect(admission.run(async () => void log.push('late'))).rejects.toMatchObject({
      code: 'overloaded',
    });
    await vi.advanceTimersByTimeAsync(1_000);
    await late;
    const next = admission.run(async () => void log.push('next'));
    for (const { end } of held) end();
    await Promise.all([...runs, next]);
    expect(log).toEqual(['a', 'b', 'next']);
  });
});
