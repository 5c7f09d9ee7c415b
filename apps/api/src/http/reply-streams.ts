import { isUnavailable } from '@incidents/db/unavailable';
import type { Logger } from '@incidents/runtime/logger';
import type { Context } from 'hono';
import { createConcurrencyLimiter } from './concurrency-limiter.ts';
import type { HonoEnv } from './hono-env.ts';
import { HttpProblem } from './problem.ts';
import type { Reply } from './reply.ts';
import { requestPath } from './request-path.ts';

export interface ReplyStreams {
  /**
   * An error closes the connection, so an incomplete body never looks complete.
   * @throws HttpProblem overloaded, when too many streams are open
   */
  open(request: StreamedRequest, parts: AsyncIterable<Uint8Array>, headers: Record<string, string>): Reply;
}

interface StreamedRequest {
  c: Context<HonoEnv>;
  context: { requestId: string };
}

/** A client that does not read keeps its stream open until its connection is reset. */
const MAX_OPEN_STREAMS = 64;

/** Reads of parts. Most connections of the pool stay free for other requests. */
const READ_LIMITS = { maxInFlight: 4, queueTimeoutMs: 10_000, maxQueued: MAX_OPEN_STREAMS };

/** Tells a reply with a stream from one without a body. */
const UNSENT = new ReadableStream<Uint8Array>();

const JSON_TYPE = { 'Content-Type': 'application/json' };

export function createReplyStreams({ logger }: { logger: Logger }): ReplyStreams {
  const reads = createConcurrencyLimiter(READ_LIMITS);
  let openStreams = 0;

  return {
    open({ c, context }, parts, headers) {
      if (c.req.method === 'HEAD')
        return { status: 200, headers: { ...headers, ...JSON_TYPE }, body: UNSENT };
      if (openStreams >= MAX_OPEN_STREAMS) throw new HttpProblem('overloaded', {}, { 'Retry-After': '1' });
      openStreams += 1;
      let isOpen = true;
      const close = () => {
        if (isOpen) openStreams -= 1;
        isOpen = false;
      };
      const iterator = parts[Symbol.asyncIterator]();
      const readPart = () =>
        reads.run(() => (isOpen ? iterator.next() : ({ done: true, value: undefined } as const)));

      const abortReply = (error: unknown, controller: ReadableStreamDefaultController) => {
        const line = {
          err: error,
          request_id: context.requestId,
          method: c.req.method,
          path: requestPath(c),
        };
        logger[isUnavailable(error) ? 'warn' : 'error'](line, 'a reply was broken off');
        // The adapter would print the error and write it into the body.
        if (c.env?.outgoing) c.env.outgoing.destroy();
        else controller.error(error);
      };

      const body = new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            try {
              const { done, value } = await readPart();
              if (!isOpen) return;
              if (!done) return controller.enqueue(value);
              close();
              controller.close();
            } catch (error) {
              if (!isOpen) return;
              close();
              abortReply(error, controller);
            }
          },
          async cancel() {
            close();
            await iterator.return?.();
          },
        },
        // No part is read before it can be sent.
        { highWaterMark: 0 },
      );
      return { status: 200, headers: { ...headers, ...JSON_TYPE }, body };
    },
  };
}
