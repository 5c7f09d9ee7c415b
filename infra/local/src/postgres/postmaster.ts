import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type ProcessIdentity,
  readProcess,
  sendSignal,
  waitForExit,
} from '../crash-recovery/process-table.ts';

const SHUTDOWN = [
  // PostgreSQL's "fast" mode: roll back, disconnect, write a checkpoint.
  { signal: 'SIGINT', timeoutMs: 2_500 },
  // "Immediate": no checkpoint, so the next start recovers.
  { signal: 'SIGQUIT', timeoutMs: 800 },
  { signal: 'SIGKILL', timeoutMs: 800 },
] as const;

/** Stops a server within 5 s, gracefully if possible. */
export async function stopPostmaster(postmaster: ProcessIdentity): Promise<void> {
  for (const { signal, timeoutMs } of SHUTDOWN) {
    sendSignal(postmaster, signal);
    if (await waitForExit([postmaster], timeoutMs)) return;
  }
  throw new Error(`PostgreSQL (process ${postmaster.pid}) does not end`);
}

/** Stops a server in exactly this mode: `fast` with a checkpoint, `immediate` like a crash. */
export async function shutDownPostmaster(
  postmaster: ProcessIdentity,
  mode: 'fast' | 'immediate',
): Promise<void> {
  sendSignal(postmaster, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  if (await waitForExit([postmaster], 60_000)) return;
  throw new Error(`PostgreSQL (process ${postmaster.pid}) does not end`);
}

/**
 * Stops the server that a killed launcher left running on this data folder, and lets a new one start.
 *
 * PostgreSQL does not start while another process of its user has the pid of the old server, and a zombie
 * counts. It ignores its parent's pid there, and still checks for backends that use the data.
 * @returns whether a server was running
 */
export async function stopOrphanedPostmaster(folder: string): Promise<boolean> {
  const cluster = clusterFolder(folder);
  const postmaster = findPostmaster(cluster);
  if (postmaster) await stopPostmaster(postmaster);
  const lines = readPidFile(cluster);
  if (lines) writeFileSync(pidFile(cluster), [process.pid, ...lines.slice(1)].join('\n'));
  return postmaster !== undefined;
}

/** PostgreSQL's own folder below the data folder. */
export function clusterFolder(folder: string): string {
  return join(folder, 'cluster');
}

/** Whether the server accepts connections, also as a read-only standby. */
export function acceptsConnections(cluster: string, pid: number): boolean {
  const lines = readPidFile(cluster);
  return lines?.[0] === String(pid) && ['ready', 'standby'].includes(lines[7]?.trim() ?? '');
}

function findPostmaster(cluster: string): ProcessIdentity | undefined {
  const pid = Number(readPidFile(cluster)?.[0]);
  const found = Number.isInteger(pid) && pid > 1 ? readProcess(pid) : undefined;
  const isOurs = found && basename(found.argv[0] ?? '') === 'postgres' && found.argv.includes(cluster);
  return isOurs ? found : undefined;
}

function readPidFile(cluster: string): string[] | undefined {
  try {
    return readFileSync(pidFile(cluster), 'utf8').split('\n');
  } catch {
    return undefined;
  }
}

function pidFile(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}
