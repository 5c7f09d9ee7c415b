export interface BatcherOptions<Item> {
  concurrency: number;
  maxItems: number;
  /**
   * A larger batch takes at most one of `concurrency` equal parts of the waiting and running calls. Otherwise the calls
   * of clients that wait for their answers end up in one batch, and nothing is processed while the callers work.
   */
  splitAbove?: number;
  /** Bounds a batch by the sizes of its items. An item that is larger has a batch of its own. */
  size?: { of: (item: Item) => number; max: number };
  /** Items with a common key never share a batch. */
  keysOf?: (item: Item) => unknown[];
  /** Rejects a call without an answer (its item may still be processed), or one whose batch has not begun. */
  timeout?: { until: 'answer' | 'start'; ms: number; error: () => Error };
}

export interface BatchItem<Item> {
  item: Item;
  /** Whether its call has timed out: work that has not begun is of no use any more. */
  isAnswered(): boolean;
}

/** The result of one item; a promise may settle after the batch has ended. */
export type ItemResult<Result> = Result | Promise<Result>;

/** `takeBatch` takes the waiting items, once. Results are in the items' order; a rejection rejects every call. */
export type ProcessBatch<Item, Result> = (
  takeBatch: () => BatchItem<Item>[],
) => Promise<ItemResult<Result>[]>;

interface Call<Item, Result> extends BatchItem<Item> {
  resolve: (result: ItemResult<Result>) => void;
  reject: (error: unknown) => void;
}

/**
 * Calls that arrive while batches are under way share the next ones. A call that arrives alone runs at once.
 * A call never joins a batch that began before it.
 */
export function createBatcher<Item, Result>(
  processBatch: ProcessBatch<Item, Result>,
  { concurrency, maxItems, splitAbove = maxItems, size, keysOf, timeout }: BatcherOptions<Item>,
): (item: Item) => Promise<Result> {
  // With a set, 35 times as many bytes of creates outlive the young generation of V8 (docs/performance.md).
  let waiting: Call<Item, Result>[] = [];
  let runningBatches = 0;
  let runningCalls = 0;
  let isScheduled = false;

  /** The batch begins after the other requests that this turn of the event loop reads. */
  function schedule() {
    if (isScheduled || runningBatches >= concurrency || waiting.length === 0) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      if (waiting.length > 0) void runBatch();
    });
  }

  function takeBatch(): Call<Item, Result>[] {
    const part = Math.ceil((waiting.length + runningCalls) / concurrency);
    const maxCalls = Math.min(maxItems, Math.max(splitAbove, part));
    const batch: Call<Item, Result>[] = [];
    const left: Call<Item, Result>[] = [];
    const keys = new Set<unknown>();
    let total = 0;
    let isFull = false;
    for (const call of waiting) {
      isFull ||= batch.length === maxCalls;
      if (!isFull && size !== undefined) {
        total += size.of(call.item);
        isFull = total > size.max && batch.length > 0;
      }
      const ownKeys = isFull ? [] : (keysOf?.(call.item) ?? []);
      if (isFull || ownKeys.some((key) => keys.has(key))) left.push(call);
      else {
        for (const key of ownKeys) keys.add(key);
        batch.push(call);
      }
    }
    waiting = left;
    return batch;
  }

  async function runBatch() {
    runningBatches += 1;
    let batch: Call<Item, Result>[] | undefined;
    const take = () => {
      batch = takeBatch();
      runningCalls += batch.length;
      schedule();
      return batch;
    };
    try {
      const results = await processBatch(take);
      if (results.length !== batch?.length) throw new Error('the batch has not one result per item');
      for (const [index, result] of results.entries()) batch[index]?.resolve(result);
    } catch (error) {
      // Without a connection the batch took no item.
      for (const call of batch ?? takeBatch()) call.reject(error);
    } finally {
      runningBatches -= 1;
      runningCalls -= batch?.length ?? 0;
      schedule();
    }
  }

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      let isAnswered = false;
      const timer =
        timeout &&
        setTimeout(() => {
          const wasWaiting = waiting.includes(call);
          waiting = waiting.filter((other) => other !== call);
          if (timeout.until === 'start' && !wasWaiting) return;
          isAnswered = true;
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
        isAnswered: () => isAnswered,
        resolve: (result) => (result instanceof Promise ? result.then(succeed, fail) : succeed(result)),
        reject: fail,
      };
      waiting.push(call);
      schedule();
    });
}
