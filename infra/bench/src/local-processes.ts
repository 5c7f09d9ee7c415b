import { networkInterfaces } from 'node:os';
import { hasProc, readProcesses } from './process-times.ts';
import { findConnectedPorts, findListeners } from './sockets.ts';
import type { ProcessGroups } from './start-meter.ts';

/** Proxies: their CPU time is not that of the server. */
const FORWARDERS = ['docker-proxy', 'rootlessport'];

export function findServers(url: string, defaultPort: number): number[] {
  const { hostname, port } = new URL(url);
  if (!hasProc || !isLocal(hostname)) return [];
  return findListeners(Number(port || defaultPort)).filter(
    (pid) => !FORWARDERS.includes(readProcessName(pid)),
  );
}

export function findProcessGroups(url: string, defaultPort: number): ProcessGroups {
  const api = findServers(url, defaultPort);
  const backends = api.length === 0 ? [] : findConnectedPorts(api).flatMap(findListeners);
  return {
    api,
    postgres: backends.filter((pid) => readProcessName(pid) === 'postgres'),
    redis: backends.filter((pid) => ['redis-server', 'valkey-server'].includes(readProcessName(pid))),
  };
}

const readProcessName = (pid: number): string => readProcesses([pid])[0]?.name ?? '';

function isLocal(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (address === 'localhost' || address.startsWith('127.')) return true;
  return Object.values(networkInterfaces()).some((all) => all?.some((own) => own.address === address));
}
