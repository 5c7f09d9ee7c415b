import type { Kysely } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { type IncidentRow, incidentColumns } from './incident-row.ts';

export function findIncident(db: Kysely<Database>, id: number): Promise<IncidentRow | undefined> {
  return db.selectFrom('incidents').select(incidentColumns).where('id', '=', id).executeTakeFirst();
}
