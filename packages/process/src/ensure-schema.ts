import { setTimeout as wait } from 'node:timers/promises';
import { migrate } from '@incidents/db/migrate';
import type { Logger } from './logger.ts';

/**
 * Returns once the database has this version's schema, migrating it where that is still to be done. While
 * the database cannot be reached, or refuses, it says so and tries again.
 */
export async function ensureSchema(databaseUrl: string, logger: Logger, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      await migrate(databaseUrl, (line) => logger.info(line));
      return;
    } catch (error) {
      const seconds = Math.min(attempt, 10);
      logger.warn({ err: error, retry_in_s: seconds }, 'the database is not ready');
      await wait(seconds * 1000, undefined, { signal }).catch(() => {});
    }
  }
}
