import { createServer, type Server } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { Hono } from 'hono';
import { createClientErrorHandler } from './http/client-errors.ts';
import type { Dependencies } from './http/dependencies.ts';
import { watchEventLoopStalls } from './http/event-loop-stalls.ts';
import { hasDisconnected } from './http/has-disconnected.ts';
import type { HonoEnv } from './http/hono-env.ts';
import { limitOpenReplies } from './http/open-replies.ts';

/** Milliseconds. A client that sends its headers or its request more slowly is disconnected. */
const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 65_000,
};

export function createHttpServer(
  app: Hono<HonoEnv>,
  dependencies: Pick<Dependencies, 'logger' | 'locale'>,
  timeouts: Partial<typeof TIMEOUTS> = {},
): Server {
  const { logger } = dependencies;
  const server = createServer({ ...TIMEOUTS, ...timeouts, requireHostHeader: false });
  const replies = limitOpenReplies(server, dependencies);
  const stalls = watchEventLoopStalls(server, dependencies);
  const { makeProblemReply, onClientError } = createClientErrorHandler(dependencies, replies);

  const answer = getRequestListener(app.fetch, {
    // HTTP/1.0 requests need no Host.
    hostname: 'localhost',
    errorHandler(error) {
      const isInternal = !(error instanceof RequestError);
      if (isInternal) logger.error({ err: error }, 'request failed');
      const { body, ...init } = makeProblemReply(
        isInternal ? 'internal_error' : 'malformed_request',
        String(error),
      );
      return new Response(body, init);
    },
  });
  server.on('request', async (incoming, outgoing) => {
    // The parser reads pipelined requests on, also after an earlier one has closed the connection.
    if (incoming.socket.destroyed || !replies.add(outgoing)) return;
    if (incoming.headers.host === undefined && incoming.httpVersion === '1.1') {
      const { status, headers, body } = makeProblemReply('malformed_request', 'no Host header');
      outgoing.writeHead(status, headers).end(body);
      return;
    }
    if (stalls.hasRecent() && (await hasDisconnected(incoming.socket))) return;
    answer(incoming, outgoing);
  });
  // Such as EMFILE: without a listener it would end the process.
  server.once('listening', () => {
    server.on('error', (error) => logger.warn({ err: error }, 'a connection could not be accepted'));
  });
  // Unknown expectations are ignored, instead of Node's 417.
  server.on('checkExpectation', (incoming, outgoing) => server.emit('request', incoming, outgoing));
  return server.on('clientError', onClientError);
}

/** With Node's default of 511 some of a thousand connections are dropped; TCP retries after 1, 3 or 7 s. */
const BACKLOG = 4_096;

/** Rejects when the server cannot listen, as on a port in use. */
export const listen = (server: Server, { host, port }: { host: string; port: number }) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });

/** Answers pending requests, then closes. `server.close` stops Node's own timeouts, hence `timeoutMs`. */
export const closeServer = (server: Server, timeoutMs: number) =>
  new Promise<void>((resolve, reject) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), timeoutMs);
    server.close((error) => {
      clearTimeout(cutOff);
      if (error) reject(error);
      else resolve();
    });
  });
