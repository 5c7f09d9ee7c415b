import { type RawBuilder, sql } from 'kysely';

/**
 * A `timestamptz` column as ISO 8601 in UTC with milliseconds, formatted by PostgreSQL
 * (`2025-11-08T12:00:00.000Z`); null stays null.
 */
export const isoTime = <T extends string | null = string>(column: string): RawBuilder<T> =>
  sql<T>`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
