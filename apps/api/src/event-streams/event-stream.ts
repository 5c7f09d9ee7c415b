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
  first: Uint8Array;
  /** Called when the client has taken the previous chunk; an empty one is not sent. */
  nextChunk(): Uint8Array | Promise<Uint8Array>;
  /** Called once; the error is that of `nextChunk`. */
  onEnd(reason: EndReason, error?: unknown): void;
}

/**
 * The adapter writes the head and the first chunk, and ends the reply. The other chunks go directly to Node's response.
 * Through a web stream each would make a dozen objects, and V8's young generation would grow.
 */
export function createEventStream({ c, first, nextChunk, onEnd }: EventStreamOptions): EventStream {
  const socket = c.env?.incoming?.socket;
  const outgoing = c.env?.outgoing;
  let hasBegun = false;
  let hasEnded = false;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  function finish(reason: EndReason, error?: unknown): boolean {
    if (hasEnded) return false;
    hasEnded = true;
    onEnd(reason, error);
    return true;
  }

  function fail(error: unknown): void {
    if (!finish('error', error)) return;
    // The adapter would print the error and write it into the body.
    if (socket instanceof Duplex) resetConnection(socket);
    else controller?.error(error);
  }

  function sendChunks(): void {
    try {
      while (!hasEnded) {
        const chunk = nextChunk();
        if (chunk instanceof Promise) return void chunk.then(sendAndContinue, fail);
        if (sendChunk(chunk)) return;
      }
    } catch (error) {
      fail(error);
    }
  }

  function sendAndContinue(chunk: Uint8Array): void {
    if (!sendChunk(chunk)) sendChunks();
  }

  /** @returns whether the chunk is under way; `onSent` then continues */
  function sendChunk(chunk: Uint8Array): boolean {
    if (hasEnded || chunk.byteLength === 0 || !outgoing?.write || outgoing.destroyed) return false;
    outgoing.write(chunk, onSent);
    return true;
  }

  function onSent(error?: Error | null): void {
    if (!error) sendChunks();
  }

  const body = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
      },
      pull(given) {
        // The adapter asks for more when it has written the first chunk.
        if (hasBegun) return sendChunks();
        hasBegun = true;
        given.enqueue(first);
      },
      cancel() {
        const isReset = socket instanceof Duplex && wasReset(socket);
        finish(isReset ? 'client too slow' : 'closed by the client');
      },
    },
    // Nothing is read ahead.
    { highWaterMark: 0 },
  );

  return {
    body,
    end(reason) {
      if (finish(reason)) controller?.close();
    },
  };
}
