import { type Kysely, sql } from 'kysely';
import { migrations } from './migrations/index.ts';
import type { Database } from './tables/database.ts';

/** The last migration of the queue's own schema in the Graphile Worker that package.json names. */
export const QUEUE_SCHEMA_REVISION = 20;

/** What PostgreSQL answers where a table or schema does not exist. */
const MISSING = ['42P01', '3F000'];

/** @throws the database's error when it does not answer */
export async function isSchemaCurrent(db: Kysely<Database>): Promise<boolean> {
  try {
    const { rows } = await sql<{ name: string }>`
      select name from kysely_migration
      where (select max(id) from graphile_worker.migrations) >= ${QUEUE_SCHEMA_REVISION}`.execute(db);
    const applied = new Set(rows.map((row) => row.name));
    return Object.keys(migrations).every((name) => applied.has(name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && MISSING.includes(String(error.code))) return false;
    throw error;
  }
}
