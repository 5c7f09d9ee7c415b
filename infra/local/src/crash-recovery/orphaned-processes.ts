import { existsSync, realpathSync } from 'node:fs';
import { databaseFolder, lockFile } from '../paths.ts';
import { stopOrphanedPostmaster } from '../postgres/postmaster.ts';
import { acquireInstanceLock, type Instance } from './instance-lock.ts';
import { isAlive, sendSignal, waitForExit } from './process-table.ts';

/** API and worker notice the end of their launcher by themselves and have 5 s to finish. */
const GRACE_MS = 5_500;

/**
 * Ends the processes that a killed launcher left running: API, worker and Redis, then PostgreSQL.
 * @param stale the launcher's lock
 * @returns whether one was running
 */
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

/**
 * Ends the orphans of a killed launcher and removes its lock. It holds the lock meanwhile: otherwise a
 * new launcher could lose the processes that it has just started.
 * @returns whether an orphan was running
 * @throws AlreadyRunningError
 */
export async function cleanUpAfterKill(checkout: string): Promise<boolean> {
  const { lock, stale } = acquireInstanceLock(lockFile(checkout));
  try {
    return await stopOrphans(checkout, stale);
  } finally {
    lock.release();
  }
}
