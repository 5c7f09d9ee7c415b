import { existsSync, realpathSync } from 'node:fs';
import { databaseFolder, lockFile } from '../paths.ts';
import { stopOrphanedPostmaster } from '../postgres/postmaster.ts';
import { acquireInstanceLock, type Instance } from './instance-lock.ts';
import { isAlive, sendSignal, waitForExit } from './process-table.ts';

/** API and worker notice the launcher's end and have 5 s to finish. */
const GRACE_MS = 5_500;

/** Ends the API, worker, Redis and PostgreSQL of a killed launcher; returns whether one was running. */
export async function stopOrphans(checkout: string, stale: Instance | undefined): Promise<boolean> {
  const orphans = Object.values(stale?.children ?? {}).filter(isAlive);
  for (const orphan of orphans) sendSignal(orphan, 'SIGTERM');
  if (!(await waitForExit(orphans, GRACE_MS))) {
    for (const orphan of orphans) sendSignal(orphan, 'SIGKILL', 'group');
    await waitForExit(orphans, 1_000);
  }
  const folder = databaseFolder(checkout);
  const hadPostgres = existsSync(folder) && (await stopOrphanedPostmaster(realpathSync(folder)));
  return orphans.length > 0 || hadPostgres;
}

/** Ends orphans while it holds the lock, so no new launcher loses its processes. Throws AlreadyRunningError. */
export async function cleanUpAfterKill(checkout: string): Promise<boolean> {
  const { lock, stale } = acquireInstanceLock(lockFile(checkout));
  try {
    return await stopOrphans(checkout, stale);
  } finally {
    lock.release();
  }
}
