import { type BatchItem, createBatcher } from '@incidents/db/batcher';
import type { Reply } from './http/reply.ts';

/** A read that waits for a slow one longer than this runs alone. */
const MAX_WAIT_MS = 300;

class NotSharedError extends Error {
  override name = 'NotSharedError';
}

const OPTIONS = {
  concurrency: 1,
  maxItems: Number.POSITIVE_INFINITY,
  timeout: { until: 'start', ms: MAX_WAIT_MS, error: () => new NotSharedError() },
} as const;

/** A stream can be sent only once, so it is not shared. */
type Read = () => Promise<{ reply: Reply; isStream: boolean }>;

/** Runs `read`, or an equal read of another request that begins after this call. */
export type ShareRead = (key: string, read: Read) => Promise<Reply>;

/**
 * Equal waiting reads share the next query. No read joins an earlier query, so it sees every write that was answered
 * before it, in every process.
 */
export function createSharedReads(): ShareRead {
  const batchersByKey = new Map<string, { run: (read: Read) => Promise<Reply>; calls: number }>();

  return async (key, read) => {
    let batcher = batchersByKey.get(key);
    if (batcher === undefined) {
      batcher = { run: createBatcher(runBatch, OPTIONS), calls: 0 };
      batchersByKey.set(key, batcher);
    }
    batcher.calls += 1;
    try {
      return await batcher.run(read);
    } catch (error) {
      if (!(error instanceof NotSharedError)) throw error;
    } finally {
      batcher.calls -= 1;
      if (batcher.calls === 0) batchersByKey.delete(key);
    }
    return (await read()).reply;
  };
}

async function runBatch(takeBatch: () => BatchItem<Read>[]): Promise<(Reply | Promise<Reply>)[]> {
  const [read, ...others] = takeBatch().map(({ item }) => item);
  if (read === undefined) return [];
  const { reply, isStream } = await read();
  if (isStream) return [reply, ...others.map((other) => other().then((own) => own.reply))];
  // A text would be encoded for each of them.
  const shared =
    others.length > 0 && typeof reply.body === 'string' ? { ...reply, body: Buffer.from(reply.body) } : reply;
  return [shared, ...others.map(() => shared)];
}
