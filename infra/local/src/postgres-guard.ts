import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PostgresPlace, spawnOptions, writeOwned } from './postgres-account.ts';
import { type ProcessIdentity, readProcess, signal } from './process-table.ts';

const guardFile = 'guard.json';

/** Stops PostgreSQL when this process can no longer do it. */
export interface Guard {
  /** The server has been stopped in good order: nothing is left to guard. */
  dismiss(): void;
}

/**
 * Starts a shell that waits for the end of its input, which comes when this process ends in whatever
 * way. Then it stops the server on `cluster`, at first waiting for its clients, which end by themselves
 * for the same reason; and removes `remove`, if given. All that takes 8 s at most.
 */
export function startGuard(place: PostgresPlace, cluster: string, remove: string): Guard {
  const { account, binaries } = place;
  const script = `
    trap '' INT TERM HUP
    read -r _ && exit
    stop() { "$1" stop -D "$2" -s -m "$4" -t "$5"; }
    stop "$@" smart 4 || stop "$@" fast 3 || stop "$@" immediate 1
    [ -z "$3" ] || rm -rf "$3"`;
  const guard = spawn('sh', ['-c', script, 'sh', binaries.pgCtl, cluster, remove], {
    ...spawnOptions(account),
    // Out of reach of a Ctrl+C, and of whoever kills the launcher's whole process group.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  const identity = readProcess(guard.pid ?? 0);
  if (identity) {
    writeOwned(place, guardFile, JSON.stringify({ pid: identity.pid, startedAt: identity.startedAt }));
  }
  return { dismiss: () => guard.stdin.end('stopped\n') };
}

/**
 * Ends the guard that a killed launcher has left at its work: it knows the cluster, not the process, and
 * would stop the next server there too.
 */
export function endAbandonedGuard(folder: string) {
  try {
    signal(JSON.parse(readFileSync(join(folder, guardFile), 'utf8')) as ProcessIdentity, 'SIGKILL', 'group');
  } catch {
    // No guard, and then nothing to end.
  }
}
