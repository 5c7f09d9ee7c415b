import { runMigrations } from 'graphile-worker';
import { Migrator } from 'kysely/migration';
import { createDb } from './client.ts';
import { migrations } from './migrations/index.ts';
import { quietQueueLogger } from './queue-logger.ts';
import { schemaIsCurrent } from './schema-is-current.ts';

/** Any number will do, as long as nothing else in the database takes the same advisory lock. */
const MIGRATION_LOCK = 7_304_118_227;

/**
 * Brings the database to this version's schema: the queue's tables, then ours. Does nothing when they are
 * current already, also when a newer version of the service has gone further (migrations only ever add).
 *
 * Any number of processes may call it at once: one migrates, the others wait for it.
 *
 * @param databaseUrl a role that may create tables and schemas
 * @param log told of each migration that was applied
 * @throws the database's error; ours are one transaction, so what failed left nothing behind
 */
export async function migrate(databaseUrl: string, log: (line: string) => void = () => {}): Promise<void> {
  const db = createDb({
    url: databaseUrl,
    poolSize: 3,
    applicationName: 'incidents-migrate',
    onConnectionError: () => {},
    statementTimeout: 0,
  });
  try {
    const lock = await db.pool.connect();
    try {
      // Waits as long as another process migrates; that process's end, however it ends, releases the lock.
      await lock.query('set lock_timeout = 0');
      await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
      if (await schemaIsCurrent(db.kysely)) return;
      await runMigrations({ pgPool: db.pool, logger: quietQueueLogger });
      const { error, results } = await new Migrator({
        db: db.kysely,
        provider: { getMigrations: async () => migrations },
      }).migrateToLatest();
      for (const result of results ?? []) {
        if (result.status === 'Success') log(`applied migration ${result.migrationName}`);
      }
      if (error) throw error;
    } finally {
      // Closed, not returned: the lock goes with the session.
      lock.release(true);
    }
  } finally {
    await db.close();
  }
}
