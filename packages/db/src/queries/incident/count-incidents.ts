import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { type IncidentFilter, matchesFilter, whereAll } from './incident-list.ts';

export async function countIncidents(db: Kysely<Database>, filter: IncidentFilter): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from incidents ${whereAll(matchesFilter(filter))}`.execute(db);
  return rows[0]?.count ?? 0;
}
