import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { memoizeFor } from './memoize-for.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function slow() {
  const loads: PromiseWithResolvers<string>[] = [];
  const read = memoizeFor(1_000, () => {
    const load = Promise.withResolvers<string>();
    loads.push(load);
    return load.promise;
  });
  return { loads, read };
}

test('shares a load with every call during it, however long it takes', async () => {
  const { loads, read } = slow();
  const source = {};
  const first = read(source);
  vi.advanceTimersByTime(60_000);
  const second = read(source);
  expect(loads).toHaveLength(1);
  loads[0]?.resolve('a');
  expect(await Promise.all([first, second])).toEqual(['a', 'a']);
});

test('returns the value for its lifetime after the load, then loads again', async () => {
  const { loads, read } = slow();
  const source = {};
  const first = read(source);
  vi.advanceTimersByTime(60_000);
  loads[0]?.resolve('a');
  await first;
  vi.advanceTimersByTime(999);
  expect(await read(source)).toBe('a');
  vi.advanceTimersByTime(1);
  const anew = read(source);
  loads[1]?.resolve('b');
  expect(await anew).toBe('b');
});

test('rejects every waiting call after a failed load, and loads again for the next call', async () => {
  const { loads, read } = slow();
  const source = {};
  const waiting = [read(source), read(source)];
  loads[0]?.reject(new Error('away'));
  expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const again = read(source);
  loads[1]?.resolve('b');
  expect(await again).toBe('b');
});

test('has one value per source', async () => {
  const { loads, read } = slow();
  const values = [read({}), read({})];
  loads[0]?.resolve('a');
  loads[1]?.resolve('b');
  expect(await Promise.all(values)).toEqual(['a', 'b']);
});
