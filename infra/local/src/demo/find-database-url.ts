import { join } from 'node:path';
import { loadEnvFile } from '@incidents/runtime/load-env-file';
import { readInstance } from '../crash-recovery/instance-lock.ts';
import { isAlive } from '../crash-recovery/process-table.ts';
import { databaseFolder, lockFile } from '../paths.ts';
import { readServerUrl } from '../postgres/embedded-postgres.ts';

/** Of the environment, of `.env`, or of the launcher that runs in this checkout; undefined without one. */
export function findDatabaseUrl(checkout: string, env: NodeJS.ProcessEnv): string | undefined {
  loadEnvFile(join(checkout, '.env'), env);
  const given = env.DATABASE_DIRECT_URL || env.DATABASE_URL;
  if (given) return given;
  const launcher = readInstance(lockFile(checkout));
  return launcher && isAlive(launcher) ? readServerUrl(databaseFolder(checkout)) : undefined;
}
