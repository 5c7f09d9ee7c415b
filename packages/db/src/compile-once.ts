import {
  CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type RawBuilder,
} from 'kysely';
import type { Database } from './tables/database.ts';

export type CompiledStatement<Values extends unknown[], Row> = (
  db: Kysely<Database>,
  ...values: Values
) => Promise<QueryResult<Row>>;

const compiler = new Kysely<Database>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/**
 * Compiles a statement for all of its runs.
 * Kysely compiles, and the connection hashes, at each run otherwise: 8 % of the CPU of a list of 20.
 * @param build makes the statement of placeholders for its values; it must not read the values
 */
export function compileOnce<Values extends unknown[], Row>(
  build: (...values: Values) => RawBuilder<Row>,
): CompiledStatement<Values, Row> {
  let statement: { text: string; positions: number[] } | undefined;
  return (db, ...values) => {
    statement ??= compile(build);
    const parameters = statement.positions.map((position) => values[position]);
    return db.executeQuery(CompiledQuery.raw(statement.text, parameters)) as Promise<QueryResult<Row>>;
  };
}

function compile<Values extends unknown[]>(build: (...values: Values) => RawBuilder<unknown>) {
  const placeholders = Array.from({ length: build.length }, () => ({}));
  const { sql: text, parameters } = build(...(placeholders as unknown as Values)).compile(compiler);
  const positions = parameters.map((parameter) => placeholders.indexOf(parameter as object));
  if (positions.includes(-1)) throw new Error('a value that is no placeholder was bound');
  return { text, positions };
}
