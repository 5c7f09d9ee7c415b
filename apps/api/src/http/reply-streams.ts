import { isUnavailable } from '@incidents/db/unavailable';
import type { Context } from 'hono';
import { createAdmission } from './admission.ts';
import type { Dependencies } from './dependencies.ts';
import type { Environment } from './environment.ts';
import { HttpProblem } from './problem.ts';
import type { Reply } from './reply.ts';
import { requestPath } from './request-path.ts';

/** Bodies that are read from the database while they are written: each holds one part in memory. */
export interface ReplyStreams {
  /**
   * Makes a reply of the parts of a JSON text. The next part is read when the client has taken the last one. An error closes the
   * connection, so a body that is not whole never looks whole.
   * @throws HttpProblem overloaded, when too many are open
   */
  open(request: StreamedRequest, parts: AsyncIterable<Uint8Array>, headers: Record<string, string>): Reply;
}

/** The request whose reply is streamed. */
interface StreamedRequest {
  c: Context<Environment>;
  context: { requestId: string };
}

/** A client that does not read keeps its stream open until its connection is cut off. */
const MAX_OPEN = 64;

/** Streams that read a part at a time: most of the pool's connections are for other requests. */
const READING = { most: 4, patience: 10_000, queue: MAX_OPEN };

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** The streams of one process. */
export function createReplyStreams({ logger }: Pick<Dependencies, 'logger'>): ReplyStreams {
  const reading = createAdmission(READING);
  let open = 0;

  return {
    open({ c, context }, parts, headers) {
      // Only the head of the reply is sent.
      if (c.req.method === 'HEAD') return { status: 200, headers: { ...headers, ...JSON_TYPE }, body: null };
      if (open >= MAX_OPEN) throw new HttpProblem('overloaded', {}, { 'Retry-After': '1' });
      open += 1;
      let isOpen = true;
      const close = () => {
        if (isOpen) open -= 1;
        isOpen = false;
      };
      const iterator = parts[Symbol.asyncIterator]();
      const readPart = () =>
        reading.run(() => (isOpen ? iterator.next() : ({ done: true, value: undefined } as const)));

      const breakOff = (error: unknown, controller: ReadableStreamDefaultController) => {
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
              // Its client has gone meanwhile.
              if (!isOpen) return;
              if (!done) return controller.enqueue(value);
              close();
              controller.close();
            } catch (error) {
              if (!isOpen) return;
              close();
              breakOff(error, controller);
            }
          },
          async cancel() {
            close();
            await iterator.return?.();
          },
        },
        // Nothing is read before it can be written.
        { highWaterMark: 0 },
      );
      return { status: 200, headers: { ...headers, ...JSON_TYPE }, body };
    },
  };
}
