import { createBatcher } from '@incidents/db/batcher';
import { DatabaseTimeoutError } from '@incidents/db/unavailable';
import type { Reply } from './http/reply.ts';

/** Milliseconds: the time limit of a statement, and the margin that its error has to arrive. */
const TIMEOUT_MS = 2_200;

const OPTIONS = {
  concurrency: 1,
  maxItems: Number.POSITIVE_INFINITY,
  timeout: { ms: TIMEOUT_MS, error: () => new DatabaseTimeoutError() },
};

/** Makes the reply to a read. A stream can be sent once, so it is not shared. */
type Read = () => Promise<{ reply: Reply; isStream: boolean }>;

/** Runs `read`, or an equal one of another request that begins after this call. */
export type ShareRead = (key: string, read: Read) => Promise<Reply>;

/**
 * Lets equal reads that wait at the same time share the next one. A read never joins one that began before it, so it
 * sees every write that was answered before it, in every process.
 */
export function createSharedReads(): ShareRead {
  const sharers = new Map<string, { share: (read: Read) => Promise<Reply>; calls: number }>();

  return async (key, read) => {
    let sharer = sharers.get(key);
    if (sharer === undefined) {
      sharer = { share: createBatcher(answerAll, OPTIONS), calls: 0 };
      sharers.set(key, sharer);
    }
    sharer.calls += 1;
    let isAnswered = false;
    try {
      return await sharer.share(async () => {
        const result = await read();
        // The call has timed out. A stream that is never sent would count as open for ever.
        if (isAnswered && result.reply.body instanceof ReadableStream) await result.reply.body.cancel();
        return result;
      });
    } finally {
      isAnswered = true;
      sharer.calls -= 1;
      if (sharer.calls === 0) sharers.delete(key);
    }
  };
}

async function answerAll([read, ...others]: Read[]): Promise<(Reply | Promise<Reply>)[]> {
  if (read === undefined) return [];
  const { reply, isStream } = await read();
  return [reply, ...others.map((other) => (isStream ? other().then(({ reply }) => reply) : reply))];
}
