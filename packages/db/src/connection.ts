import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import type { Database } from './tables/database.ts';

/** Kysely that knows its pool, so that compiled statements run on pg itself. */
export class PooledKysely extends Kysely<Database> {
  readonly pool: pg.Pool;

  constructor(pool: pg.Pool) {
    super({ dialect: new PostgresDialect({ pool }) });
    this.pool = pool;
  }
}

/** Where a statement runs: on one connection, or on any of a pool. */
export type Connection = pg.PoolClient | Kysely<Database>;

/** Lends a connection. It stays open after an error of `use`; `query` of pg's pool would close it. */
export async function withConnection<Result>(
  { pool }: PooledKysely,
  use: (connection: pg.PoolClient) => Result | Promise<Result>,
): Promise<Result> {
  const connection = await pool.connect();
  try {
    return await use(connection);
  } finally {
    connection.release();
  }
}
