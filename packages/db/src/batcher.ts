export interface BatcherOptions<Item> {
  /** Batches under way at a time. */
  concurrency: number;
  /** Items in one batch. */
  maxItems: number;
  /** Where `processBatch` alone does not bound the wait. */
  timeout?: {
    /** Milliseconds from the call to its answer. */
    ms: number;
    /** The error of a call that took longer. Its item may have been processed. */
    error: () => Error;
  };
  /** Items with an equal key never share a batch. */
  keyOf?: (item: Item) => unknown;
}

/** What becomes of one item: a result, or one that is still to come when the batch has ended. */
export type ItemResult<Result> = Result | Promise<Result>;

interface Call<Item, Result> {
  item: Item;
  resolve: (result: ItemResult<Result>) => void;
  reject: (error: unknown) => void;
}

/**
 * Lets calls that arrive while a batch is under way share the next one. A call that arrives alone runs at once.
 * A call never joins a batch that began before it.
 * @param processBatch returns one result per item, in their order; when it rejects, every call of the batch does
 */
export function createBatcher<Item, Result>(
  processBatch: (items: Item[]) => Promise<ItemResult<Result>[]>,
  { concurrency, maxItems, timeout, keyOf }: BatcherOptions<Item>,
): (item: Item) => Promise<Result> {
  const waiting = new Set<Call<Item, Result>>();
  let running = 0;
  let isScheduled = false;

  /** The batch begins after the other requests that this turn of the event loop reads. */
  function schedule() {
    if (isScheduled || running >= concurrency || waiting.size === 0) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      void runBatch(takeBatch());
      schedule();
    });
  }

  function takeBatch(): Call<Item, Result>[] {
    const batch: Call<Item, Result>[] = [];
    const keys = new Set<unknown>();
    for (const call of waiting) {
      if (batch.length === maxItems) break;
      if (keyOf !== undefined) {
        const key = keyOf(call.item);
        if (keys.has(key)) continue;
        keys.add(key);
      }
      batch.push(call);
      waiting.delete(call);
    }
    return batch;
  }

  async function runBatch(batch: Call<Item, Result>[]) {
    // Every call timed out meanwhile.
    if (batch.length === 0) return;
    running += 1;
    try {
      const results = await processBatch(batch.map(({ item }) => item));
      if (results.length !== batch.length) throw new Error('the batch has not one result per item');
      for (const [index, result] of results.entries()) batch[index]?.resolve(result);
    } catch (error) {
      for (const call of batch) call.reject(error);
    } finally {
      running -= 1;
      schedule();
    }
  }

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      const timer =
        timeout &&
        setTimeout(() => {
          waiting.delete(call);
          reject(timeout.error());
        }, timeout.ms);
      const fail = (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      };
      const succeed = (result: Result) => {
        clearTimeout(timer);
        resolve(result);
      };
      const call: Call<Item, Result> = {
        item,
        resolve: (result) => (result instanceof Promise ? result.then(succeed, fail) : succeed(result)),
        reject: fail,
      };
      waiting.add(call);
      schedule();
    });
}
