import { networkInterfaces } from 'node:os';
import type { ProcessGroups } from './measure.ts';
import { hasProc, readProcesses } from './process-times.ts';
import { findConnectedPorts, findListeners } from './sockets.ts';

/** Programs that listen for a server that runs elsewhere: their CPU time is not the server's. */
const FORWARDERS = ['docker-proxy', 'rootlessport'];

/** The processes of this machine that serve a URL; none when it leads elsewhere. */
export function findServers(url: string, defaultPort: number): number[] {
  const { hostname, port } = new URL(url);
  if (!hasProc || !isLocal(hostname)) return [];
  return findListeners(Number(port || defaultPort)).filter((pid) => !FORWARDERS.includes(nameOf(pid)));
}

/** The processes that serve a URL, and the PostgreSQL and Redis to which they are connected over loopback. */
export function findGroups(url: string, defaultPort: number): ProcessGroups {
  const api = findServers(url, defaultPort);
  const backends = api.length === 0 ? [] : findConnectedPorts(api).flatMap(findListeners);
  return {
    api,
    postgres: backends.filter((pid) => nameOf(pid) === 'postgres'),
    redis: backends.filter((pid) => ['redis-server', 'valkey-server'].includes(nameOf(pid))),
  };
}

const nameOf = (pid: number): string => readProcesses([pid])[0]?.name ?? '';

function isLocal(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (address === 'localhost' || address.startsWith('127.')) return true;
  return Object.values(networkInterfaces()).some((all) => all?.some((own) => own.address === address));
}
