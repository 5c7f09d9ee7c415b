import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type ProcessIdentity,
  readProcess,
  sendSignal,
  waitForExit,
} from '../crash-recovery/process-table.ts';

const SHUTDOWN = [
  // PostgreSQL's modes "fast" (rolls back, writes a checkpoint) and "immediate" (recovers at the next start).
  { signal: 'SIGINT', timeoutMs: 2_500 },
  { signal: 'SIGQUIT', timeoutMs: 800 },
  { signal: 'SIGKILL', timeoutMs: 800 },
] as const;

export async function stopPostmaster(postmaster: ProcessIdentity): Promise<void> {
  for (const { signal, timeoutMs } of SHUTDOWN) {
    sendSignal(postmaster, signal);
    if (await waitForExit([postmaster], timeoutMs)) return;
  }
  throw new Error(`PostgreSQL (process ${postmaster.pid}) does not end`);
}

/** Waits for the end in this mode, where `stopPostmaster` escalates. */
export async function shutDownPostmaster(
  postmaster: ProcessIdentity,
  mode: 'fast' | 'immediate',
): Promise<void> {
  sendSignal(postmaster, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  if (await waitForExit([postmaster], 60_000)) return;
  throw new Error(`PostgreSQL (process ${postmaster.pid}) does not end`);
}

/** Stops an orphaned server on this data folder; returns whether there was one. */
export async function stopOrphanedPostmaster(folder: string): Promise<boolean> {
  const cluster = clusterFolder(folder);
  const postmaster = findPostmaster(cluster);
  if (postmaster) await stopPostmaster(postmaster);
  const lines = readPidFile(cluster);
  // PostgreSQL does not start while a process of its user, even a zombie, has the pid in this file. It ignores
  // its parent's pid there, and still checks for backends that use the data.
  if (lines) writeFileSync(pidFile(cluster), [process.pid, ...lines.slice(1)].join('\n'));
  return postmaster !== undefined;
}

export function clusterFolder(folder: string): string {
  return join(folder, 'cluster');
}

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
