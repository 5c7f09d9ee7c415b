import { sql } from 'kysely';

/** An incident as it leaves the database. */
export interface IncidentRow {
  id: number;
  text: string;
  description: string;
  status: string;
  source: string;
  /** ISO 8601 in UTC with milliseconds, formatted by PostgreSQL: `2025-11-08T12:00:00.000Z`. */
  created_at: string;
}

/** `created_at` of the table or alias `table` as `IncidentRow` has it. */
export const formattedCreatedAt = (table: string) =>
  sql<string>`to_char(${sql.ref(`${table}.created_at`)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
