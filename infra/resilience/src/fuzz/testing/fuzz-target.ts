import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach } from 'vitest';
import type { FuzzContext } from '../fuzz-operation.ts';
import { KnownIds } from '../known-ids.ts';
import { Tally } from '../tally.ts';

export function useFuzzTargets() {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  return async function start(listener: RequestListener): Promise<FuzzContext> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    return { target: { port, headers: {} }, known: new KnownIds(), tally: new Tally(), seed: 1, runs: 400 };
  };
}
