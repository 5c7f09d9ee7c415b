import { Duplex } from 'node:stream';
import type { Context } from 'hono';
import type { HonoEnv } from '../http/hono-env.ts';
import { resetConnection, wasReset } from '../http/reset-connection.ts';

/** Why a stream ended, as the log has it. */
export type EndReason = 'closed by the client' | 'client too slow' | 'not authorized' | 'shutdown' | 'error';

/** The body of one client. It holds one chunk at a time, which other clients share. */
export interface EventStream {
  body: ReadableStream<Uint8Array>;
  /** Completes the body. */
  end(reason: EndReason): void;
}

interface EventStreamOptions {
  c: Context<HonoEnv>;
  /** Called when the client has taken the previous chunk; an empty one is not sent. */
  nextChunk(): Promise<Uint8Array>;
  /** Called once; the error is that of `nextChunk`. */
  onEnd(reason: EndReason, error?: unknown): void;
}

export function createEventStream({ c, nextChunk, onEnd }: EventStreamOptions): EventStream {
  let hasEnded = false;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const socket = c.env?.incoming?.socket;

  function finish(reason: EndReason, error?: unknown): boolean {
    if (hasEnded) return false;
    hasEnded = true;
    onEnd(reason, error);
    return true;
  }

  const body = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
      },
      async pull(given) {
        try {
          while (!hasEnded) {
            const chunk = await nextChunk();
            if (!hasEnded && chunk.byteLength > 0) return given.enqueue(chunk);
          }
        } catch (error) {
          if (!finish('error', error)) return;
          // The adapter would print the error and write it into the body.
          if (socket instanceof Duplex) resetConnection(socket);
          else given.error(error);
        }
      },
      cancel() {
        const isReset = socket instanceof Duplex && wasReset(socket);
        finish(isReset ? 'client too slow' : 'closed by the client');
      },
    },
    // No chunk is read before it can be sent.
    { highWaterMark: 0 },
  );

  return {
    body,
    end(reason) {
      if (finish(reason)) controller?.close();
    },
  };
}
