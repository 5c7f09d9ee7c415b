import { existsSync, realpathSync } from 'node:fs';
import { clusterFolder } from './embedded-postgres.ts';
import type { Instance } from './instance-lock.ts';
import { databaseFolder } from './paths.ts';
import { findPostmaster, stopPostmaster } from './postmaster.ts';
import { isAlive, type ProcessIdentity, signal, waitUntilGone } from './process-table.ts';

/** API and worker notice by themselves that their launcher is gone, and have 5 s to finish. */
const politeMs = 5_500;

/**
 * Ends what a launcher has left behind that was killed: API and worker, then PostgreSQL.
 *
 * @returns whether there was anything.
 */
export async function endLeftovers(checkout: string, abandoned: Instance | undefined): Promise<boolean> {
  const { postgres, ...apps } = abandoned?.children ?? {};
  const living = Object.values(apps).filter(isAlive);
  for (const app of living) signal(app, 'SIGTERM');
  if (!(await waitUntilGone(living, politeMs))) {
    for (const app of living) signal(app, 'SIGKILL', 'group');
    await waitUntilGone(living, 1_000);
  }
  const folder = databaseFolder(checkout);
  const servers = [
    postgres,
    existsSync(folder) ? findPostmaster(clusterFolder(realpathSync(folder))) : undefined,
  ];
  const left = servers.filter((server): server is ProcessIdentity => server !== undefined && isAlive(server));
  for (const server of left) await stopPostmaster(server);
  return living.length + left.length > 0;
}
