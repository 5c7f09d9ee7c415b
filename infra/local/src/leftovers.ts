import { existsSync, realpathSync } from 'node:fs';
import { type Instance, takeInstanceLock } from './instance-lock.ts';
import { databaseFolder, lockFile } from './paths.ts';
import { clearLeftovers } from './postmaster.ts';
import { isAlive, signal, waitUntilGone } from './process-table.ts';

/** API and worker notice by themselves that their launcher is gone, and have 5 s to finish. */
const politeMs = 5_500;

/**
 * Ends what a launcher has left behind that was killed: API, worker and Redis, then PostgreSQL.
 *
 * @returns whether there was anything.
 */
export async function endLeftovers(checkout: string, abandoned: Instance | undefined): Promise<boolean> {
  const living = Object.values(abandoned?.children ?? {}).filter(isAlive);
  for (const app of living) signal(app, 'SIGTERM');
  if (!(await waitUntilGone(living, politeMs))) {
    for (const app of living) signal(app, 'SIGKILL', 'group');
    await waitUntilGone(living, 1_000);
  }
  const folder = databaseFolder(checkout);
  const server = existsSync(folder) && (await clearLeftovers(realpathSync(folder)));
  return living.length > 0 || server;
}

/**
 * Does for a launcher that was killed what it could no longer do: ends the rest and removes its lock,
 * holding it meanwhile, or a new start in between would lose what it has just started.
 *
 * @returns whether there was anything to end.
 * @throws AlreadyRunning when a launcher lives.
 */
export async function cleanUpAfterKill(checkout: string): Promise<boolean> {
  const { lock, abandoned } = takeInstanceLock(lockFile(checkout));
  try {
    return await endLeftovers(checkout, abandoned);
  } finally {
    lock.release();
  }
}
