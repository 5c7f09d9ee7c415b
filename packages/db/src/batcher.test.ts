import { describe, expect, test } from 'vitest';
import { createBatcher } from './batcher.ts';
import { controlledBatcher, fulfilled, nextTurn, outcomes, rejected } from './testing/controlled-batcher.ts';

describe('createBatcher', () => {
  test('runs a single call at once', async () => {
    const batcher = controlledBatcher();
    const result = batcher.call('a');
    await nextTurn();
    expect(batcher.items()).toEqual([['a']]);
    await batcher.end(0);
    expect(await result).toBe('A');
  });

  test('puts calls of one turn into one batch', async () => {
    const batcher = controlledBatcher();
    const calls = ['a', 'b', 'c'].map(batcher.call);
    await nextTurn();
    expect(batcher.items()).toEqual([['a', 'b', 'c']]);
    await batcher.end(0);
    expect(await Promise.all(calls)).toEqual(['A', 'B', 'C']);
  });

  test('puts calls that arrive during a batch into the next one', async () => {
    const batcher = controlledBatcher();
    const calls = [batcher.call('a')];
    await nextTurn();
    for (const item of ['b', 'c', 'd']) {
      calls.push(batcher.call(item));
      await nextTurn();
    }
    expect(batcher.items()).toEqual([['a']]);
    await batcher.end(0);
    expect(batcher.items()).toEqual([['a'], ['b', 'c', 'd']]);
    await batcher.end(1);
    expect(await Promise.all(calls)).toEqual(['A', 'B', 'C', 'D']);
  });

  test('runs at most `concurrency` batches at a time', async () => {
    const batcher = controlledBatcher({ concurrency: 2 });
    const calls: Promise<string>[] = [];
    for (const item of ['a', 'b', 'c', 'd']) {
      calls.push(batcher.call(item));
      await nextTurn();
    }
    expect(batcher.items()).toEqual([['a'], ['b']]);
    await batcher.end(1);
    expect(batcher.items()).toEqual([['a'], ['b'], ['c', 'd']]);
    calls.push(batcher.call('e'));
    await nextTurn();
    expect(batcher.items()).toHaveLength(3);
    for (const index of [0, 2, 3]) await batcher.end(index);
    expect(await Promise.all(calls)).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  test('puts at most `maxItems` calls into a batch, in their order', async () => {
    const batcher = controlledBatcher({ maxItems: 2 });
    const calls = ['a', 'b', 'c', 'd', 'e'].map(batcher.call);
    await nextTurn();
    for (const index of [0, 1, 2]) await batcher.end(index);
    expect(batcher.items()).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(await Promise.all(calls)).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  test('fills free places at once when there are more calls than `maxItems`', async () => {
    const batcher = controlledBatcher({ maxItems: 2, concurrency: 2 });
    const calls = ['a', 'b', 'c'].map(batcher.call);
    await nextTurn();
    expect(batcher.items()).toEqual([['a', 'b'], ['c']]);
    for (const index of [0, 1]) await batcher.end(index);
    await Promise.all(calls);
  });

  test('limits a batch above `splitAbove` to an equal part of the waiting and running calls', async () => {
    const batcher = controlledBatcher({ concurrency: 2, splitAbove: 2 });
    const calls = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(batcher.call);
    await nextTurn();
    expect(batcher.items()).toEqual([
      ['a', 'b', 'c', 'd'],
      ['e', 'f', 'g'],
    ]);
    calls.push(...['h', 'i', 'j', 'k', 'l'].map(batcher.call));
    await batcher.end(0);
    expect(batcher.items()[2]).toEqual(['h', 'i', 'j', 'k']);
    for (const index of [1, 2, 3]) await batcher.end(index);
    expect(await Promise.all(calls)).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L']);

    const few = ['m', 'n', 'o'].map(batcher.call);
    await nextTurn();
    expect(batcher.items().slice(4)).toEqual([['m', 'n'], ['o']]);
    for (const index of [4, 5]) await batcher.end(index);
    expect(await Promise.all(few)).toEqual(['M', 'N', 'O']);
  });

  test('puts items with an equal key into different batches, and others past them', async () => {
    const batcher = controlledBatcher({ keysOf: (item) => [item[0]] });
    const calls = ['a1', 'a2', 'b1', 'a3', 'b2', 'c1'].map(batcher.call);
    await nextTurn();
    for (const index of [0, 1, 2]) await batcher.end(index);
    expect(batcher.items()).toEqual([['a1', 'b1', 'c1'], ['a2', 'b2'], ['a3']]);
    expect(await Promise.all(calls)).toEqual(['A1', 'A2', 'B1', 'A3', 'B2', 'C1']);
  });

  test('rejects every call of a rejected batch and runs the next one', async () => {
    const batcher = controlledBatcher();
    const calls = ['a', 'b'].map(batcher.call);
    await nextTurn();
    calls.push(batcher.call('c'));
    const error = new Error('refused');
    const results = outcomes(calls);
    await batcher.fail(0, error);
    expect(batcher.items()).toEqual([['a', 'b'], ['c']]);
    await batcher.end(1);
    expect(await results).toEqual([rejected(error), rejected(error), fulfilled('C')]);
  });

  test('rejects every call when processBatch throws before it returns a promise', async () => {
    const error = new Error('refused');
    const call = createBatcher<string, string>(
      () => {
        throw error;
      },
      { concurrency: 1, maxItems: 100 },
    );
    expect(await outcomes(['a', 'b'].map(call))).toEqual([rejected(error), rejected(error)]);
    expect(await outcomes([call('c')])).toEqual([rejected(error)]);
  });

  test.each([[[]], [['A']], [['A', 'B', 'C']]])(
    'rejects both calls of a batch that returns %j',
    async (results) => {
      const batcher = controlledBatcher();
      const calls = outcomes(['a', 'b'].map(batcher.call));
      await nextTurn();
      await batcher.endWith(0, results);
      expect((await calls).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    },
  );

  test('gives each result that is a promise, or its error, to its own call', async () => {
    const batcher = controlledBatcher();
    const calls = outcomes(['a', 'b', 'c'].map(batcher.call));
    await nextTurn();
    const error = new Error('refused');
    await batcher.endWith(0, [Promise.resolve('A'), Promise.reject(error), 'C']);
    expect(await calls).toEqual([fulfilled('A'), rejected(error), fulfilled('C')]);
  });

  test('runs the next batch before a result that is still a promise', async () => {
    const batcher = controlledBatcher();
    const late = Promise.withResolvers<string>();
    const settled: string[] = [];
    const calls = ['a', 'b'].map((item) => batcher.call(item).finally(() => settled.push(item)));
    await nextTurn();
    calls.push(batcher.call('c').finally(() => settled.push('c')));
    await batcher.endWith(0, [late.promise, 'B']);
    expect(batcher.items()).toEqual([['a', 'b'], ['c']]);
    await batcher.end(1);
    expect(settled).toEqual(['b', 'c']);
    late.resolve('A');
    expect(await Promise.all(calls)).toEqual(['A', 'B', 'C']);
  });
});

describe('the size of a batch', () => {
  test('is bounded by the sizes of its items; a larger one has a batch of its own', async () => {
    const size = { of: (item: string) => item.length, max: 4 };
    const batcher = controlledBatcher({ size });
    const calls = ['aa', 'bb', 'c', 'dddddd', 'e'].map(batcher.call);
    for (const index of [0, 1, 2, 3]) {
      await nextTurn();
      await batcher.end(index);
    }
    expect(batcher.items()).toEqual([['aa', 'bb'], ['c'], ['dddddd'], ['e']]);
    expect(await Promise.all(calls)).toEqual(['AA', 'BB', 'C', 'DDDDDD', 'E']);
  });
});

describe('a batch that fails before it takes its items', () => {
  test('rejects the calls that wait, and the next call has a batch again', async () => {
    const error = new Error('no connection');
    const batches: string[][] = [];
    const call = createBatcher<string, string>(
      async (takeBatch) => {
        if (batches.push([]) === 1) throw error;
        return takeBatch().map(({ item }) => item.toUpperCase());
      },
      { concurrency: 1, maxItems: 100 },
    );
    expect(await outcomes(['a', 'b'].map(call))).toEqual([rejected(error), rejected(error)]);
    expect(await call('c')).toBe('C');
  });
});
