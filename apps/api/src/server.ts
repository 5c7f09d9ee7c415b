import { createServer, type Server } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Dependencies } from './http/dependencies.ts';
import type { Environment } from './http/environment.ts';
import { boundOpenReplies } from './http/open-replies.ts';
import { refuseUnreadable } from './http/refuse-unreadable.ts';
import { hasHungUp, watchStandstill } from './http/standstill.ts';

/** Milliseconds. Slow clients are cut off: 10 s for the headers, 30 s for all of the request. */
const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 65_000,
};

/** Puts the application behind a socket; what cannot be read as a request is refused in the service's own form. */
export function createHttpServer(
  app: Hono<Environment>,
  dependencies: Pick<Dependencies, 'logger' | 'locale'>,
  timeouts: Partial<typeof TIMEOUTS> = {},
): Server {
  const { logger } = dependencies;
  const server = createServer({ ...TIMEOUTS, ...timeouts, requireHostHeader: false });
  const replies = boundOpenReplies(server, dependencies);
  const standstill = watchStandstill(server, dependencies);
  const { refuse, onClientError } = refuseUnreadable(dependencies, replies);

  const answer = getRequestListener(app.fetch, {
    // Of an HTTP/1.0 request, which need not name its host.
    hostname: 'localhost',
    errorHandler(error) {
      const ours = !(error instanceof RequestError);
      if (ours) logger.error({ err: error }, 'request failed');
      const { body, ...init } = refuse(ours ? 'internal_error' : 'malformed_request', String(error));
      return new Response(body, init);
    },
  });
  server.on('request', async (incoming, outgoing) => {
    // The parser goes on to the end of what it was given, also when a request before has closed the connection.
    if (incoming.socket.destroyed || !replies.add(outgoing)) return;
    if (incoming.headers.host === undefined && incoming.httpVersion === '1.1') {
      const { status, headers, body } = refuse('malformed_request', 'no Host header');
      outgoing.writeHead(status, headers).end(body);
      return;
    }
    if (standstill.isRecent() && (await hasHungUp(incoming.socket))) return;
    answer(incoming, outgoing);
  });
  // EMFILE and its like: without a listener they would end the process.
  server.once('listening', () => {
    server.on('error', (error) => logger.warn({ err: error }, 'a connection could not be accepted'));
  });
  // Not Node's own bare 417: what nobody here knows is ignored, as in any other header.
  server.on('checkExpectation', (incoming, outgoing) => server.emit('request', incoming, outgoing));
  return server.on('clientError', onClientError);
}

/**
 * Connections that the system keeps until they are accepted; it may allow fewer. With Node's 511 some of a thousand that
 * come at once are dropped, and their clients try again only after one, three or seven seconds.
 */
const BACKLOG = 4_096;

/** Resolves when the server accepts connections, rejects when it cannot (a taken port). */
export const listen = (server: Server, { host, port }: { host: string; port: number }) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });

/**
 * Accepts nothing new, closes idle connections, and resolves when everything under way has been answered. A request that is still not
 * complete, or not answered, after `grace` milliseconds is cut off: Node stops its own timeouts here, so one
 * slow client would hold the server open for ever.
 */
export const closeServer = (server: Server, grace: number) =>
  new Promise<void>((resolve, reject) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), grace);
    server.close((error) => {
      clearTimeout(cutOff);
      if (error) reject(error);
      else resolve();
    });
  });
