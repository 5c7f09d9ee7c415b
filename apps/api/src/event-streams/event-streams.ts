import type { StreamIncidentsQuery } from '@incidents/contracts';
import type { Context as CoreContext } from '@incidents/core/context';
import { type EventPosition, parsePosition } from '@incidents/core/incident/event-position';
import { canContinue, type ReadEvent, readEvents } from '@incidents/core/incident/read-events';
import { isUnavailable } from '@incidents/db/unavailable';
import type { Logger } from '@incidents/runtime/logger';
import type { Context } from 'hono';
import { createConcurrencyLimiter } from '../http/concurrency-limiter.ts';
import type { HonoEnv } from '../http/hono-env.ts';
import { HttpProblem } from '../http/problem.ts';
import type { Reply } from '../http/reply.ts';
import { createEventFeed } from './event-feed.ts';
import { createEventStream, type EventStream, SlowReaderError } from './event-stream.ts';
import { eventBlocks, firstBlock, heartbeatBlock, resetBlock } from './server-sent-events.ts';

/** Of one process. */
const MAX_STREAMS = 1_000;

const HEARTBEAT_INTERVAL_MS = 15_000;

/** A known key is looked up again after three seconds, so a revoked one loses its streams within five. */
const AUTHORIZATION_INTERVAL_MS = 1_500;

/** Replays of all clients, so that most connections of the pool stay free for requests. */
const REPLAY_LIMITS = { maxInFlight: 2, queueTimeoutMs: 10_000, maxQueued: MAX_STREAMS };

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
  filter: StreamIncidentsQuery;
  /** Equal for equal filters. */
  filterKey: string;
  /** Replayed up to the position of the feed. */
  isLive: boolean;
  authorize(): Promise<unknown>;
}

export function createEventStreams(
  { db, logger }: { db: CoreContext['db']; logger: Logger },
  { maxStreams = MAX_STREAMS }: { maxStreams?: number | undefined } = {},
): EventStreams {
  const open = new Set<OpenStream>();
  const replayLimiter = createConcurrencyLimiter(REPLAY_LIMITS);
  let opening = 0;
  let isClosed = false;
  let timers: NodeJS.Timeout[] = [];

  const feed = createEventFeed(
    { db, logger },
    { onEvents: sendEvents, onReset: (at) => send(resetBlock(at)) },
  );

  function send(text: string): void {
    const chunk = Buffer.from(text);
    for (const { isLive, stream } of open) if (isLive) stream.push(chunk);
  }

  /** Equal filters share a chunk. */
  function sendEvents(events: ReadEvent[]): void {
    const chunks = new Map<string, Buffer>();
    for (const { isLive, stream, filter, filterKey } of open) {
      if (!isLive) continue;
      const chunk = chunks.get(filterKey) ?? Buffer.from(eventBlocks(events, filter));
      chunks.set(filterKey, chunk);
      if (chunk.byteLength > 0) stream.push(chunk);
    }
  }

  async function authorizeAll(): Promise<void> {
    await Promise.all(
      [...open].map(({ stream, authorize }) =>
        authorize().catch((error: unknown) => {
          // Without the database no key is refused.
          if (error instanceof HttpProblem) stream.end();
          else if (!isUnavailable(error)) logger.error({ err: error }, 'a stream was not authorized again');
        }),
      ),
    );
  }

  function startTimers(): void {
    timers = [
      setInterval(() => send(heartbeatBlock(feed.position)), HEARTBEAT_INTERVAL_MS),
      setInterval(() => void authorizeAll(), AUTHORIZATION_INTERVAL_MS),
    ];
  }

  function remove(opened: OpenStream): void {
    open.delete(opened);
    feed.leave();
    if (open.size > 0) return;
    for (const timer of timers) clearInterval(timer);
  }

  /** Sends the missed events until the stream has caught up with the feed. */
  async function* replay(start: Start, filter: StreamIncidentsQuery, onLive: () => void) {
    yield Buffer.from(firstBlock(start.position, start));
    let { position } = start;
    while (position.reading !== undefined || position.seen !== feed.position.seen) {
      const from = position;
      const until = feed.position.seen;
      const batch = await replayLimiter.run(() => readEvents({ db }, from, until));
      position = batch.position;
      const text = eventBlocks(batch.events, filter);
      if (text !== '') yield Buffer.from(text);
    }
    onLive();
  }

  async function findStart(lastPosition: string | undefined): Promise<Start> {
    const latest = feed.position;
    if (lastPosition === undefined) return { position: latest, isReset: false };
    const position = parsePosition(lastPosition);
    const isKnown = position !== undefined && (await canContinue({ db }, position, latest.seen));
    return isKnown ? { position, isReset: false } : { position: latest, isReset: true };
  }

  return {
    async open({ c, requestId, filter, lastPosition, authorize }) {
      if (c.req.method === 'HEAD') return { status: 200, headers: HEADERS, body: null };
      if (isClosed || open.size + opening >= maxStreams)
        throw new HttpProblem('overloaded', {}, { 'Retry-After': '5' });
      opening += 1;
      try {
        await feed.join();
        const start = await findStart(lastPosition).catch((error: unknown) => {
          feed.leave();
          throw error;
        });
        const opened: OpenStream = {
          filter,
          filterKey: JSON.stringify(filter),
          isLive: false,
          authorize,
          stream: createEventStream({
            c,
            replay: replay(start, filter, () => {
              opened.isLive = true;
            }),
            onEnd(error) {
              remove(opened);
              if (error instanceof SlowReaderError)
                logger.warn({ request_id: requestId }, 'a client that does not read its stream was cut off');
              else if (error !== undefined)
                logger[isUnavailable(error) ? 'warn' : 'error'](
                  { request_id: requestId, err: error },
                  'a stream was broken off',
                );
            },
          }),
        };
        open.add(opened);
        if (open.size === 1) startTimers();
        if (isClosed) opened.stream.end();
        return { status: 200, headers: HEADERS, body: opened.stream.body };
      } finally {
        opening -= 1;
      }
    },
    close() {
      isClosed = true;
      for (const { stream } of [...open]) stream.end();
    },
  };
}
