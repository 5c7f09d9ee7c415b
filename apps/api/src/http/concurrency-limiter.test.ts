import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createConcurrencyLimiter } from './concurrency-limiter.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function work(log: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const run = () => {
    log.push(name);
    return promise;
  };
  return { run, end: resolve, fail: reject };
}

describe('createConcurrencyLimiter', () => {
  const limits = { maxInFlight: 2, queueTimeoutMs: 1_000, maxQueued: 2 };

  test('starts queued calls in order, also after a call that failed', async () => {
    const log: string[] = [];
    const limiter = createConcurrencyLimiter(limits);
    const works = ['a', 'b', 'c', 'd'].map((name) => work(log, name));
    const runs = works.map(({ run }) => limiter.run(run));
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
    await limiter.run(async () => {});
  });

  test('rejects at once when the queue is full', async () => {
    const limiter = createConcurrencyLimiter(limits);
    const held = ['a', 'b', 'c', 'd'].map((name) => work([], name));
    const runs = held.map(({ run }) => limiter.run(run));
    await expect(limiter.run(async () => {})).rejects.toMatchObject({
      code: 'overloaded',
      headers: { 'Retry-After': '1' },
    });
    for (const { end } of held) end();
    await Promise.all(runs);
  });

  test('rejects a call after the queue timeout and removes it from the queue', async () => {
    const log: string[] = [];
    const limiter = createConcurrencyLimiter(limits);
    const held = ['a', 'b'].map((name) => work(log, name));
    const runs = held.map(({ run }) => limiter.run(run));
    const late = expect(limiter.run(async () => void log.push('late'))).rejects.toMatchObject({
      code: 'overloaded',
    });
    await vi.advanceTimersByTimeAsync(1_000);
    await late;
    const next = limiter.run(async () => void log.push('next'));
    for (const { end } of held) end();
    await Promise.all([...runs, next]);
    expect(log).toEqual(['a', 'b', 'next']);
  });
});
