import { beforeEach, describe, expect, test, vi } from 'vitest';
import { controlledBatcher, fulfilled, nextTurn, outcomes, rejected } from './testing/controlled-batcher.ts';

describe('the timeout', () => {
  const TIMEOUT_MS = 2_000;
  const tooLate = new Error('too late');
  const timeout = { until: 'answer' as const, ms: TIMEOUT_MS, error: () => tooLate };

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    return () => vi.useRealTimers();
  });

  test('rejects calls of the batch under way and waiting ones, and takes the latter out of the queue', async () => {
    const batcher = controlledBatcher({ timeout });
    const calls = ['a', 'b'].map(batcher.call);
    await nextTurn();
    calls.push(batcher.call('c'));
    const results = outcomes(calls);
    vi.advanceTimersByTime(TIMEOUT_MS);
    expect(await results).toEqual([rejected(tooLate), rejected(tooLate), rejected(tooLate)]);
    const next = batcher.call('d');
    await batcher.end(0);
    expect(batcher.items()).toEqual([['a', 'b'], ['d']]);
    await batcher.end(1);
    expect(await next).toBe('D');
  });

  test('begins with each call', async () => {
    const batcher = controlledBatcher({ timeout });
    const first = outcomes([batcher.call('a')]);
    await nextTurn();
    vi.advanceTimersByTime(TIMEOUT_MS - 1);
    const second = batcher.call('b');
    vi.advanceTimersByTime(1);
    expect(await first).toEqual([rejected(tooLate)]);
    await batcher.end(0);
    expect(batcher.items()).toEqual([['a'], ['b']]);
    await batcher.end(1);
    expect(await second).toBe('B');
  });

  test('does not let another batch begin beside the late one', async () => {
    const batcher = controlledBatcher({ timeout });
    const first = outcomes([batcher.call('a')]);
    await nextTurn();
    vi.advanceTimersByTime(TIMEOUT_MS);
    expect(await first).toEqual([rejected(tooLate)]);
    const second = batcher.call('b');
    await nextTurn();
    expect(batcher.items()).toEqual([['a']]);
    for (const index of [0, 1]) await batcher.end(index);
    expect(await second).toBe('B');
  });

  test('runs no batch when every waiting call was rejected', async () => {
    const batcher = controlledBatcher({ timeout });
    const calls = outcomes(['a', 'b'].map(batcher.call));
    vi.advanceTimersByTime(TIMEOUT_MS);
    await nextTurn();
    expect(await calls).toEqual([rejected(tooLate), rejected(tooLate)]);
    expect(batcher.items()).toEqual([]);
    const next = batcher.call('c');
    await nextTurn();
    await batcher.end(0);
    expect(await next).toBe('C');
  });

  test('rejects a call whose result stays a promise, and ignores its late error', async () => {
    const batcher = controlledBatcher({ timeout });
    const late = Promise.withResolvers<string>();
    const calls = outcomes(['a', 'b'].map(batcher.call));
    await nextTurn();
    await batcher.endWith(0, [late.promise, 'B']);
    vi.advanceTimersByTime(TIMEOUT_MS);
    expect(await calls).toEqual([rejected(tooLate), fulfilled('B')]);
    // An unhandled rejection would fail the run.
    late.reject(new Error('refused'));
    await nextTurn();
  });

  test('leaves no timer behind a call that was answered', async () => {
    const batcher = controlledBatcher({ timeout });
    const calls = outcomes(['a', 'b', 'c'].map(batcher.call));
    await nextTurn();
    const error = new Error('refused');
    await batcher.endWith(0, ['A', Promise.resolve('B'), Promise.reject(error)]);
    expect(await calls).toEqual([fulfilled('A'), fulfilled('B'), rejected(error)]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the timeout until the start', () => {
  test('rejects a call that still waits, and none of the batch under way', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const tooLate = new Error('too late');
    const batcher = controlledBatcher({ timeout: { until: 'start', ms: 100, error: () => tooLate } });
    const first = batcher.call('a');
    await nextTurn();
    const second = outcomes([batcher.call('b')]);
    vi.advanceTimersByTime(100);
    vi.useRealTimers();
    expect(await second).toEqual([rejected(tooLate)]);
    await batcher.end(0);
    expect(await first).toBe('A');
    expect(batcher.items()).toEqual([['a']]);
  });
});
