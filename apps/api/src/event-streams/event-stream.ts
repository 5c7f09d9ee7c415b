import { Duplex } from 'node:stream';
import type { Context } from 'hono';
import type { HonoEnv } from '../http/hono-env.ts';
import { resetConnection } from '../http/reset-connection.ts';

/** Unread bytes of one client, beside those in the system's buffers. Chunks are shared with other clients. */
const MAX_QUEUED_BYTES = 256 * 1_024;

/** The body of one client: first the chunks of `replay`, then those of `push`. */
export interface EventStream {
  body: ReadableStream<Uint8Array>;
  /** A client that has not read `MAX_QUEUED_BYTES` is disconnected. */
  push(chunk: Uint8Array): void;
  /** Ends the body and drops the queued events. */
  end(): void;
}

interface EventStreamOptions {
  c: Context<HonoEnv>;
  replay: AsyncGenerator<Uint8Array, void>;
  /** Called once; the error is that of `replay`, or a SlowReaderError. */
  onEnd(error: unknown): void;
}

export class SlowReaderError extends Error {
  override name = 'SlowReaderError';
}

export function createEventStream({ c, replay, onEnd }: EventStreamOptions): EventStream {
  let queue: Uint8Array[] = [];
  let queuedBytes = 0;
  let hasEnded = false;
  let wake = () => {};
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  function finish(error?: unknown): boolean {
    if (hasEnded) return false;
    hasEnded = true;
    queue = [];
    wake();
    onEnd(error);
    return true;
  }

  function breakOff(error: unknown): void {
    if (!finish(error)) return;
    const socket = c.env?.incoming?.socket;
    // The adapter would print the error and write it into the body.
    if (socket instanceof Duplex) resetConnection(socket);
    else controller?.error(error);
  }

  async function nextChunk(): Promise<Uint8Array | undefined> {
    const { done, value } = await replay.next();
    if (!done) return value;
    while (queue.length === 0 && !hasEnded) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const chunk = queue.length === 1 ? queue[0] : Buffer.concat(queue);
    queue = [];
    queuedBytes = 0;
    return chunk;
  }

  const body = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
      },
      async pull(given) {
        try {
          const chunk = await nextChunk();
          if (!hasEnded && chunk !== undefined) given.enqueue(chunk);
        } catch (error) {
          breakOff(error);
        }
      },
      async cancel() {
        finish();
        await replay.return();
      },
    },
    // No event is replayed before it can be sent.
    { highWaterMark: 0 },
  );

  return {
    body,
    push(chunk) {
      if (hasEnded) return;
      if (queuedBytes > MAX_QUEUED_BYTES) return breakOff(new SlowReaderError());
      queue.push(chunk);
      queuedBytes += chunk.byteLength;
      wake();
    },
    end() {
      if (finish()) controller?.close();
    },
  };
}
