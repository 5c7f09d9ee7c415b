import type { Kysely } from 'kysely';
import type { Database } from '../tables/database.ts';
import type { IncidentRow } from './incident-row.ts';
import { isoTime } from './iso-time.ts';

/** @returns the incident, or undefined when there is none with this id */
export function findIncident(db: Kysely<Database>, id: number): Promise<IncidentRow | undefined> {
  return db
    .selectFrom('incidents')
    .select([
      'id',
      'text',
      'description',
      'status',
      'source',
      isoTime('incidents.created_at').as('created_at'),
    ])
    .where('id', '=', id)
    .executeTakeFirst();
}
