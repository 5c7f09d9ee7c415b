import { runMigrations } from 'graphile-worker';
import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import type pg from 'pg';
import { createDb, type DbOptions } from './client.ts';
import { namesSearchPath } from './database-url.ts';
import { isSchemaCurrent } from './is-schema-current.ts';
import { migrations } from './migrations/index.ts';
import { quietQueueLogger } from './queue-logger.ts';
import type { Database } from './tables/database.ts';
import { UnusableDatabaseError, verifyConnection } from './verify-connection.ts';

/** Arbitrary. No other lock of the database may have the same number. */
const MIGRATION_LOCK = 7_304_118_227;

/**
 * Applies the queue's migrations, then ours. A newer schema stays as it is: migrations only ever add.
 * Any number of processes may call it at once: one migrates, the others wait for it.
 * @param databaseUrl a role that may create tables and schemas; no pooler in transaction mode
 * @throws UnusableDatabaseError; the database's error, after which no migration of the service was applied
 */
export async function migrate(databaseUrl: string, log: (line: string) => void = () => {}): Promise<void> {
  const options: DbOptions = {
    url: databaseUrl,
    poolSize: 3,
    applicationName: 'incidents-migrate',
    onConnectionError: () => {},
    statementTimeoutMs: 0,
  };
  await verifyConnection(options, 'session');
  const db = createDb(options);
  try {
    const connection = await db.pool.connect();
    try {
      await takeLock(connection, log);
      if (await isSchemaCurrent(db.kysely)) return;
      if (!namesSearchPath(databaseUrl)) await refuseOtherSchema(db.kysely);
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
      connection.release(true);
    }
  } finally {
    await db.close();
  }
}

/** Waits as long as another process migrates. The end of that process, of any kind, releases the lock. */
async function takeLock(connection: pg.PoolClient, log: (line: string) => void): Promise<void> {
  const { rows } = await connection.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
    MIGRATION_LOCK,
  ]);
  if (rows[0]?.taken) return;
  log('waiting for another migration');
  await connection.query('set lock_timeout = 0');
  await connection.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
}

/** A search path that no longer counts may have led to the tables: a second, empty set would hide them. */
async function refuseOtherSchema(db: Kysely<Database>): Promise<void> {
  const { rows } = await sql<{ schema: string }>`
    select relnamespace::regnamespace::text as schema from pg_class
    where relname = 'incidents' and relkind in ('r', 'p') and relpersistence <> 't'
      and to_regclass('incidents') is null`.execute(db);
  const [found] = rows;
  if (found === undefined) return;
  throw new UnusableDatabaseError(
    `the table incidents stands in the schema ${found.schema}, and the search path leads to another; DATABASE_URL has to name it: ?options=-c%20search_path%3D${found.schema}`,
  );
}
