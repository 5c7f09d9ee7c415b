import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ProcessIdentity, readProcess, signal, waitUntilGone } from './process-table.ts';

const stages = [
  // "Fast": roll back and disconnect everybody, write a checkpoint, leave.
  { signal: 'SIGINT', waitMs: 2_500 },
  // "Immediate": leave now, recover at the next start.
  { signal: 'SIGQUIT', waitMs: 800 },
  { signal: 'SIGKILL', waitMs: 800 },
] as const;

/** The server that runs on this cluster, if one does. */
export function findPostmaster(cluster: string): ProcessIdentity | undefined {
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

/**
 * Stops a server that an earlier launcher has left behind, and makes the cluster startable.
 *
 * PostgreSQL refuses to start when its old pid belongs to any living process of the same user. Our own
 * pid in its place says the same as an old one that is free; deleting the file would also switch off
 * PostgreSQL's check for backends that still use the data.
 */
export async function clearLeftovers(cluster: string): Promise<boolean> {
  const postmaster = findPostmaster(cluster);
  if (postmaster) await stopPostmaster(postmaster);
  const lines = readPidFile(cluster);
  if (lines && readProcess(Number(lines[0]))) {
    writeFileSync(join(cluster, 'postmaster.pid'), [process.pid, ...lines.slice(1)].join('\n'));
  }
  return postmaster !== undefined;
}

/** Whether the server says that it accepts connections. */
export function isServing(cluster: string, pid: number): boolean {
  const lines = readPidFile(cluster);
  return lines?.[0] === String(pid) && lines[7]?.trim() === 'ready';
}

function readPidFile(cluster: string): string[] | undefined {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
}
