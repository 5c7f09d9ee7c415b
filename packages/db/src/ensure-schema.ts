import { setTimeout as wait } from 'node:timers/promises';
import type { DbOptions } from './client.ts';
import { migrate } from './migrate.ts';
import { type ConnectionUse, UnusableDatabaseError, verifyConnection } from './verify-connection.ts';

export interface DatabaseAccess {
  /** PostgreSQL itself: migrations need a session. */
  directUrl: string;
  connection: DbOptions;
  use: ConnectionUse;
}

interface SchemaLogger {
  info(message: string): void;
  warn(fields: object, message: string): void;
}

/**
 * Migrates and verifies the connections. Tries again while the database is unreachable.
 * @throws UnusableDatabaseError when another try can't succeed
 */
export async function ensureSchema(
  { directUrl, connection, use }: DatabaseAccess,
  logger: SchemaLogger,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      await migrate(directUrl, (line) => logger.info(line));
      await verifyConnection(connection, use);
      return;
    } catch (error) {
      if (error instanceof UnusableDatabaseError) throw error;
      const seconds = Math.min(attempt, 10);
      logger.warn({ err: error, retry_in_s: seconds }, 'the database is not ready');
      await wait(seconds * 1000, undefined, { signal }).catch(() => {});
    }
  }
}
