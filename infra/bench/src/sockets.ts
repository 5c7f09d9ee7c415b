import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hasProc, listPids } from './process-times.ts';

// The TCP sockets of this machine and their processes, from Linux's /proc; see proc(5).

export interface Socket {
  localPort: number;
  isLoopback: boolean;
  remotePort: number;
  state: 'listening' | 'established' | 'other';
  inode: string;
}

const STATES: Record<string, Socket['state']> = { '01': 'established', '0A': 'listening' };

/** 127.0.0.1, ::1 and ::ffff:127.0.0.1 in /proc/net, on a little-endian machine. */
const LOOPBACK = ['0100007F', '00000000000000000000000001000000', '0000000000000000FFFF00000100007F'];

export function parseSockets(table: string): Socket[] {
  const lines = table.trim().split('\n').slice(1);
  return lines.map((line) => {
    const fields = line.trim().split(/\s+/);
    const [, localPort = ''] = (fields[1] ?? '').split(':');
    const [address = '', remotePort = ''] = (fields[2] ?? '').split(':');
    return {
      localPort: Number.parseInt(localPort, 16),
      isLoopback: LOOPBACK.includes(address),
      remotePort: Number.parseInt(remotePort, 16),
      state: STATES[fields[3] ?? ''] ?? 'other',
      inode: fields[9] ?? '',
    };
  });
}

export function findListeners(port: number): number[] {
  const inodes = readSockets()
    .filter(({ state, localPort }) => state === 'listening' && localPort === port)
    .map(({ inode }) => inode);
  return listPids().filter((pid) => listInodes(pid).some((inode) => inodes.includes(inode)));
}

export function findConnectedPorts(pids: number[]): number[] {
  const inodes = new Set(pids.flatMap(listInodes));
  const connections = readSockets().filter(
    ({ state, isLoopback, inode }) => state === 'established' && isLoopback && inodes.has(inode),
  );
  return [...new Set(connections.map(({ remotePort }) => remotePort))];
}

function readSockets(): Socket[] {
  if (!hasProc) return [];
  const files = ['/proc/net/tcp', '/proc/net/tcp6'].filter((file) => existsSync(file));
  return files.flatMap((file) => parseSockets(readFileSync(file, 'utf8')));
}

/** Empty for a process that has ended or belongs to another user. */
function listInodes(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap(
      (fd) => /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`))?.[1] ?? [],
    );
  } catch {
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
