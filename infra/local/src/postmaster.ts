import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { endAbandonedGuard } from './postgres-guard.ts';
import { type ProcessIdentity, readProcess, signal, waitUntilGone } from './process-table.ts';

const stages = [
  // "Fast": roll back and disconnect everybody, write a checkpoint, leave.
  { signal: 'SIGINT', waitMs: 2_500 },
  // "Immediate": leave now, recover at the next start.
  { signal: 'SIGQUIT', waitMs: 800 },
  { signal: 'SIGKILL', waitMs: 800 },
] as const;

/** The server that runs on this cluster, if one does. */
function findPostmaster(cluster: string): ProcessIdentity | undefined {
  const pid = Number(readPidFile(cluster)?.[0]);
  const found = Number.isInteger(pid) && pid > 1 ? readProcess(pid) : undefined;
  const ours = found && basename(found.argv[0] ?? '') === 'postgres' && found.argv.includes(cluster);
  return ours ? found : undefined;
}

/** Stops a server, at first politely, and waits for its end. */
export async function stopPostmaster(postmaster: ProcessIdentity): Promise<void> {
  for (const stage of stages) {
    signal(postmaster, stage.signal);
    if (await waitUntilGone([postmaster], stage.waitMs)) return;
  }
  throw new Error(`PostgreSQL (process ${postmaster.pid}) does not end`);
}

/** Ends a server and its connections, `fast` with a checkpoint, `immediate` as a crash would, and waits for its end. */
export async function endPostmaster(postmaster: ProcessIdentity, mode: 'fast' | 'immediate'): Promise<void> {
  signal(postmaster, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  if (await waitUntilGone([postmaster], 60_000)) return;
  throw new Error(`PostgreSQL (process ${postmaster.pid}) does not end`);
}

/**
 * Stops what an earlier launcher has left running on this data folder, and makes it startable again.
 *
 * PostgreSQL refuses to start while any process of the same user has its old pid, also one that merely
 * waits to be buried. It takes its parent's pid in that place for a sign of a pid used again, and goes on
 * to its other check, for backends that still use the data, which deleting the file would switch off.
 *
 * @returns whether a server was still running.
 */
export async function clearLeftovers(folder: string): Promise<boolean> {
  endAbandonedGuard(folder);
  const cluster = clusterFolder(folder);
  const postmaster = findPostmaster(cluster);
  if (postmaster) await stopPostmaster(postmaster);
  const lines = readPidFile(cluster);
  if (lines) writeFileSync(pidFile(cluster), [process.pid, ...lines.slice(1)].join('\n'));
  return postmaster !== undefined;
}

/** PostgreSQL's own folder below the (real) data folder. */
export function clusterFolder(folder: string): string {
  return join(folder, 'cluster');
}

/** Whether the server says that it accepts connections; a standby only reads. */
export function isServing(cluster: string, pid: number): boolean {
  const lines = readPidFile(cluster);
  return lines?.[0] === String(pid) && ['ready', 'standby'].includes(lines[7]?.trim() ?? '');
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
