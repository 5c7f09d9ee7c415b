import { type RawBuilder, sql } from 'kysely';

const EARLIEST = '0001-01-01T00:00:00.000Z';
const LATEST = '9999-12-31T23:59:59.999Z';

/**
 * ISO 8601 in UTC with milliseconds (`2025-11-08T12:00:00.000Z`); null stays null.
 * Times outside of the years 1 to 9999, `infinity` too, become the nearest of them.
 */
export const isoTime = <T extends string | null = string>(column: string): RawBuilder<T> => {
  const time = sql.ref(column);
  return sql<T>`
    case when ${time} < ${sql.lit(EARLIEST)}::timestamptz then ${sql.lit(EARLIEST)}
      when ${time} > ${sql.lit(LATEST)}::timestamptz then ${sql.lit(LATEST)}
      else to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end`;
};
