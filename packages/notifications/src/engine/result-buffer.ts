import type { DeliveryResult, OutboxClosure } from '@incidents/db/queries/delivery/record-deliveries';

/** Limits of results that are not recorded yet. A crash sends their messages again. */
const MAX_UNRECORDED = 10;
const MAX_UNRECORDED_MS = 20;

export interface ResultBuffer {
  waitForRoom(): Promise<void>;
  /** A closure is recorded at once. */
  add(results: DeliveryResult[], closure?: OutboxClosure): void;
  flush(): Promise<void>;
}

export function createResultBuffer(
  record: (results: DeliveryResult[], closure?: OutboxClosure) => Promise<void>,
  unrecorded: DeliveryResult[],
): ResultBuffer {
  const writes: Promise<void>[] = [];
  let unacknowledged = 0;
  let timer: NodeJS.Timeout | undefined;

  function write(closure?: OutboxClosure): void {
    clearTimeout(timer);
    timer = undefined;
    if (unrecorded.length === 0) return;
    const { length } = unrecorded;
    unacknowledged += length;
    const written = record(unrecorded, closure).then(() => {
      unacknowledged -= length;
    });
    // `flush` awaits it later; a rejection before that must not end the process.
    written.catch(() => {});
    writes.push(written);
    unrecorded = [];
  }

  return {
    async waitForRoom() {
      if (unacknowledged > MAX_UNRECORDED) await writes.at(-1);
    },
    add(results, closure) {
      unrecorded.push(...results);
      if (closure !== undefined || unrecorded.length >= MAX_UNRECORDED) write(closure);
      else timer ??= setTimeout(write, MAX_UNRECORDED_MS);
    },
    async flush() {
      write();
      await Promise.all(writes);
    },
  };
}
