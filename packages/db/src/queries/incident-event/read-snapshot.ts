import { type Kysely, sql } from 'kysely';
import { compileOnce } from '../../compile-once.ts';
import type { Database } from '../../tables/database.ts';

/** PostgreSQL's `pg_snapshot` as a text: the transactions whose events a reader has seen. */
export type Snapshot = string;

export async function readSnapshot(db: Kysely<Database>): Promise<Snapshot> {
  const { rows } = await snapshotStatement(db);
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL returned no snapshot');
  return row.snapshot;
}

const snapshotStatement = compileOnce(
  () => sql<{ snapshot: Snapshot }>`select pg_current_snapshot()::text as snapshot`,
);
