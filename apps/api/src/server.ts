import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Environment } from './http/environment.ts';

/** Puts the application behind a socket. Slow clients are cut off: 10 s for the headers, 30 s for all of it. */
export function createHttpServer(app: Hono<Environment>): Server {
  return createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 65_000,
    },
    getRequestListener(app.fetch),
  );
}

/** Resolves when the server accepts connections, rejects when it cannot (a taken port). */
export const listen = (server: Server, { host, port }: { host: string; port: number }) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });

/** Accepts nothing new, and resolves when everything under way has been answered. */
export const closeServer = (server: Server) =>
  new Promise<void>((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeIdleConnections();
  });
