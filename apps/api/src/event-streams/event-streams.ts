import type { StreamIncidentsQuery } from '@incidents/contracts';
import type { Context as CoreContext } from '@incidents/core/context';
import { type EventPosition, parsePosition } from '@incidents/core/incident/event-position';
import { isUnavailable } from '@incidents/db/unavailable';
import type { Logger } from '@incidents/runtime/logger';
import type { Context } from 'hono';
import type { HonoEnv } from '../http/hono-env.ts';
import { HttpProblem } from '../http/problem.ts';
import type { Reply } from '../http/reply.ts';
import { createEventFeed } from './event-feed.ts';
import { createEventStream, type EndReason, type EventStream } from './event-stream.ts';
import type { MessageBatch } from './message-batch.ts';
import { firstBlock } from './server-sent-events.ts';

/** Of one process. */
const MAX_STREAMS = 1_000;

/** A known key is looked up again after three seconds, so a revoked one loses its streams within five. */
const AUTHORIZATION_INTERVAL_MS = 1_500;

const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  // nginx would collect events otherwise.
  'X-Accel-Buffering': 'no',
  // The shutdown need not wait for the connection.
  Connection: 'close',
};

export interface EventStreams {
  /** @throws HttpProblem overloaded, with too many streams or after `close` */
  open(request: StreamRequest): Promise<Reply>;
  /** Ends all streams and refuses others. */
  close(): void;
}

interface StreamRequest {
  c: Context<HonoEnv>;
  requestId: string;
  filter: StreamIncidentsQuery;
  /** `Last-Event-ID` */
  lastPosition: string | undefined;
  /** @throws HttpProblem when the client may no longer read incidents */
  authorize(): Promise<unknown>;
}

interface Start {
  position: EventPosition;
  /** Whether the client's own position is of no use. */
  isReset: boolean;
}

interface OpenStream {
  stream: EventStream;
  authorize(): Promise<unknown>;
}

export function createEventStreams(
  { db, logger }: { db: CoreContext['db']; logger: Logger },
  { maxStreams = MAX_STREAMS }: { maxStreams?: number | undefined } = {},
): EventStreams {
  const open = new Set<OpenStream>();
  const feed = createEventFeed({ db, logger });
  let opening = 0;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  async function authorizeAll(): Promise<void> {
    await Promise.all(
      [...open].map(({ stream, authorize }) =>
        authorize().catch((error: unknown) => {
          // Without the database no key is refused.
          if (error instanceof HttpProblem) stream.end('not authorized');
          else if (!isUnavailable(error)) logger.error({ err: error }, 'a stream was not authorized again');
        }),
      ),
    );
  }

  function add(opened: OpenStream): void {
    open.add(opened);
    timer ??= setInterval(() => void authorizeAll(), AUTHORIZATION_INTERVAL_MS);
  }

  function remove(opened: OpenStream): void {
    open.delete(opened);
    feed.leave();
    if (open.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  async function findStart(lastPosition: string | undefined): Promise<Start> {
    if (lastPosition === undefined) return { position: feed.position, isReset: false };
    const position = parsePosition(lastPosition);
    return position !== undefined && (await feed.canContinue(position))
      ? { position, isReset: false }
      : { position: feed.position, isReset: true };
  }

  /** Returns a function that reads the next batch as bytes. */
  function createChunkReader(start: EventPosition, query: StreamIncidentsQuery) {
    const filter = { query, key: JSON.stringify(query) };
    let position = start;
    const encode = (batch: MessageBatch) => {
      position = batch.position;
      return batch.encode(filter);
    };
    return () => {
      const batch = feed.next(position);
      return batch instanceof Promise ? batch.then(encode) : encode(batch);
    };
  }

  function logEnd(requestId: string, openedAt: number, reason: EndReason, error: unknown): void {
    const duration_ms = Math.round(performance.now() - openedAt);
    const line = { request_id: requestId, reason, duration_ms, ...(error !== undefined && { err: error }) };
    logger[levelOf(reason, error)](line, 'event stream ended');
  }

  return {
    async open({ c, requestId, filter, lastPosition, authorize }) {
      if (c.req.method === 'HEAD') return { status: 200, headers: HEADERS, body: null };
      if (isClosed || open.size + opening >= maxStreams)
        throw new HttpProblem('overloaded', {}, { 'Retry-After': '5' });
      opening += 1;
      try {
        const openedAt = performance.now();
        await feed.join();
        const start = await findStart(lastPosition).catch((error: unknown) => {
          feed.leave();
          throw error;
        });
        const stream = createEventStream({
          c,
          first: Buffer.from(firstBlock(start.position, start)),
          nextChunk: createChunkReader(start.position, filter),
          onEnd(reason, error) {
            remove(opened);
            logEnd(requestId, openedAt, reason, error);
          },
        });
        const opened: OpenStream = { stream, authorize };
        add(opened);
        if (isClosed) stream.end('shutdown');
        return { status: 200, headers: HEADERS, body: stream.body };
      } finally {
        opening -= 1;
      }
    },
    close() {
      isClosed = true;
      for (const { stream } of [...open]) stream.end('shutdown');
    },
  };
}

function levelOf(reason: EndReason, error: unknown): 'info' | 'warn' | 'error' {
  if (reason === 'client too slow') return 'warn';
  if (reason !== 'error') return 'info';
  return isUnavailable(error) || error instanceof HttpProblem ? 'warn' : 'error';
}
