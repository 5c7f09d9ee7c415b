import { type RawBuilder, sql } from 'kysely';
import { isoTime } from '../iso-time.ts';

/** An incident as a JSON text, made by PostgreSQL. The API reads no field of a listed incident. */
export type IncidentJson = string;

/** The fields of an incident, in the order of the contract. */
export const incidentFields = sql`id, text, description, status, source, ${isoTime('created_at')} as created_at`;

export function whereStatus(status: unknown, condition?: RawBuilder<unknown>): RawBuilder<unknown> {
  const conditions = [
    ...(status === undefined ? [] : [sql`status = ${status}`]),
    ...(condition ? [condition] : []),
  ];
  return conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`;
}

/**
 * With a status, the order of `incidents_status_newest` alone. `incidents_newest` would make PostgreSQL skip
 * every newer incident of another status (measured: 120,000 rows for 100).
 */
export const newestFirst = (status: unknown): RawBuilder<unknown> =>
  status === undefined
    ? sql`order by incidents.created_at desc, incidents.id desc`
    : sql`order by incidents.created_at desc nulls last, incidents.id desc nulls last`;
