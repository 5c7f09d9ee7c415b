import { setImmediate } from 'node:timers/promises';
import { type BatcherOptions, createBatcher, type ItemResult } from '../batcher.ts';

/** Two turns of the event loop: one ends a batch, the other begins the next. */
export async function nextTurn() {
  await setImmediate();
  await setImmediate();
}

interface Batch {
  items: string[];
  end: (results: ItemResult<string>[]) => void;
  fail: (error: Error) => void;
}

/** A batcher of texts whose batches end when the test says so. */
export function controlledBatcher(options: Partial<BatcherOptions<string>> = {}) {
  const batches: Batch[] = [];
  const call = createBatcher<string, string>(
    (takeBatch) =>
      new Promise((end, fail) => {
        batches.push({ items: takeBatch().map(({ item }) => item), end, fail });
      }),
    { concurrency: 1, maxItems: 100, ...options },
  );
  return {
    call,
    items: () => batches.map(({ items }) => items),
    /** Ends a batch with one result per item: `a` becomes `A`. */
    async end(index: number) {
      const batch = batches[index];
      batch?.end(batch.items.map((item) => item.toUpperCase()));
      await nextTurn();
    },
    async endWith(index: number, results: ItemResult<string>[]) {
      batches[index]?.end(results);
      await nextTurn();
    },
    async fail(index: number, error: Error) {
      batches[index]?.fail(error);
      await nextTurn();
    },
  };
}

export const outcomes = (calls: Promise<string>[]) => Promise.allSettled(calls);
export const fulfilled = (value: string) => ({ status: 'fulfilled', value });
export const rejected = (reason: Error) => ({ status: 'rejected', reason });
