import { createServer, type Server } from 'node:http';

/** Milliseconds after the last heartbeat job at which a worker no longer counts as working. */
const SILENT_AFTER_MS = 10_000;

/**
 * `GET /healthz` is 200 while the process lives, `GET /readyz` only while heartbeat jobs are run.
 * @param sinceHeartbeat milliseconds since the last one; undefined before the first
 * @throws when the port is taken
 */
export async function serveProbes(
  { host, port }: { host: string; port: number },
  sinceHeartbeat: () => number | undefined,
): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, {
        'Content-Type': 'application/json',
        'Cache-Control': 'no-store',
        // A prober opens a connection each time, and an idle one would delay the end.
        Connection: 'close',
      });
      response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
    };
    const path = request.url?.split('?')[0];
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (isRead && path === '/healthz') return answer(200, { status: 'ok' });
    if (!isRead || path !== '/readyz') return answer(404, { status: 'unknown' });
    const silent = sinceHeartbeat();
    const heartbeat_age_ms = silent === undefined ? null : Math.round(silent);
    if (silent !== undefined && silent < SILENT_AFTER_MS)
      return answer(200, { status: 'ready', heartbeat_age_ms });
    answer(503, { status: 'not ready', heartbeat_age_ms });
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}
