import { createServer, type Server } from 'node:http';
import type { ChannelStates } from './channel-checks.ts';

/** A worker whose last heartbeat job is older is not ready. */
const MAX_HEARTBEAT_AGE_MS = 10_000;

/**
 * `GET /healthz` replies 200 while the process runs, `GET /readyz` only while it runs heartbeat jobs.
 * @param getHeartbeatAgeMs time since the last one; undefined before the first
 * @param getChannels shown by `/readyz`; they do not change its status
 * @throws when the port is taken
 */
export async function serveProbes(
  { host, port }: { host: string; port: number },
  getHeartbeatAgeMs: () => number | undefined,
  getChannels: () => ChannelStates,
): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, {
        'Content-Type': 'application/json',
        'Cache-Control': 'no-store',
        // An idle connection would delay the shutdown.
        Connection: 'close',
      });
      response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
    };
    const path = request.url?.split('?')[0];
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (isRead && path === '/healthz') return answer(200, { status: 'ok' });
    if (!isRead || path !== '/readyz') return answer(404, { status: 'unknown' });
    const age = getHeartbeatAgeMs();
    const heartbeat_age_ms = age === undefined ? null : Math.round(age);
    const isReady = age !== undefined && age < MAX_HEARTBEAT_AGE_MS;
    const status = isReady ? 'ready' : 'not ready';
    answer(isReady ? 200 : 503, { status, heartbeat_age_ms, channels: getChannels() });
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}
