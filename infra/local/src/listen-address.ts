import { createServer } from 'node:net';
import getPort from 'get-port';

export interface ListenAddress {
  host: string;
  port: number;
  url: string;
}

/** `url` is for programs on this machine. */
export function toListenAddress({ host, port }: { host: string; port: number }): ListenAddress {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const url = `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
  return { host, port, url };
}

/** Why a server cannot listen here, in one line; undefined when it can. */
export async function findListenObstacle({ host, port }: ListenAddress): Promise<string | undefined> {
  const code = await tryListen(host, port);
  switch (code) {
    case undefined:
      return undefined;
    case 'EADDRINUSE':
      return `port ${port} on ${host} is taken; end what listens there or choose another, e.g. PORT=${port < 65_535 ? port + 1 : 8000}`;
    case 'EACCES':
      return `this user may not listen on port ${port}; choose one from 1024 up, e.g. PORT=8000`;
    default:
      return `cannot listen on HOST=${host} (${code}); it must be an address of this machine, e.g. HOST=127.0.0.1`;
  }
}

/** The first preferred port that is free on 127.0.0.1, else any free one. */
export async function findFreePort(...preferred: number[]): Promise<number> {
  // `getPort({ port })` refuses a port for 15 s after returning it, and a restarted server needs the same port.
  for (const port of preferred) {
    if (port > 0 && (await tryListen('127.0.0.1', port)) === undefined) return port;
  }
  return getPort({ host: '127.0.0.1' });
}

function tryListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
