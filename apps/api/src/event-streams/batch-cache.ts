import { type EventPosition, formatPosition } from '@incidents/core/incident/event-position';
import type { MessageBatch } from './message-batch.ts';

const MAX_CACHED_BYTES = 8 * 1_024 * 1_024;
const MAX_CACHED_BATCHES = 1_000;

/** Message batches by the position before them. A full cache drops those that were added first. */
export interface BatchCache {
  /** Adds consecutive batches, the first of them after `before`. */
  add(before: EventPosition, batches: MessageBatch[]): void;
  /** @param key the formatted position before the batch */
  get(key: string): MessageBatch | undefined;
  clear(): void;
}

export function createBatchCache(): BatchCache {
  const cached = new Map<string, MessageBatch>();
  return {
    add(before, batches) {
      let at = before;
      for (const batch of batches) {
        cached.set(formatPosition(at), batch);
        at = batch.position;
      }
      let bytes = 0;
      for (const batch of cached.values()) bytes += batch.bytes;
      for (const [key, batch] of cached) {
        if (bytes <= MAX_CACHED_BYTES && cached.size <= MAX_CACHED_BATCHES) return;
        cached.delete(key);
        bytes -= batch.bytes;
      }
    },
    get: (key) => cached.get(key),
    clear: () => cached.clear(),
  };
}
