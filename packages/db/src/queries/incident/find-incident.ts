import { type Kysely, sql } from 'kysely';
import { compileOnce } from '../../compile-once.ts';
import type { Database } from '../../tables/database.ts';
import { type IncidentRow, incidentJson } from './incident-row.ts';

export async function findIncident(db: Kysely<Database>, id: number): Promise<IncidentRow | undefined> {
  return (await findStatement(db, id)).rows[0]?.incident;
}

const findStatement = compileOnce(
  (id: number) =>
    sql<{ incident: IncidentRow }>`
      select ${incidentJson('incidents')} as incident from incidents where id = ${id}::bigint`,
);
