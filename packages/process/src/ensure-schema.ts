import { setTimeout as wait } from 'node:timers/promises';
import type { DbOptions } from '@incidents/db/client';
import { migrate } from '@incidents/db/migrate';
import { type ConnectionUse, UnusableDatabaseError, verifyConnection } from '@incidents/db/verify-connection';
import type { Logger } from './logger.ts';
import { EXIT_BAD_CONFIG } from './read-env.ts';

/** How a process comes to its database. */
export interface DatabaseAccess {
  /** PostgreSQL itself: migrations need a session. */
  directUrl: string;
  /** The process's own connections, and what it uses them for. */
  connection: DbOptions;
  use: ConnectionUse;
}

/**
 * Returns once the database has this version's schema, migrating it where that is still to be done, and connections
 * were found good. While the database cannot be reached, or refuses, it says so and tries again. One that can never do
 * ends the process.
 */
export async function ensureSchema(
  { directUrl, connection, use }: DatabaseAccess,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      await migrate(directUrl, (line) => logger.info(line));
      await verifyConnection(connection, use);
      return;
    } catch (error) {
      if (error instanceof UnusableDatabaseError) {
        logger.fatal(error.message);
        process.exit(EXIT_BAD_CONFIG);
      }
      const seconds = Math.min(attempt, 10);
      logger.warn({ err: error, retry_in_s: seconds }, 'the database is not ready');
      await wait(seconds * 1000, undefined, { signal }).catch(() => {});
    }
  }
}
