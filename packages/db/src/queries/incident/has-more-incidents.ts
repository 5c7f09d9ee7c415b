import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { type IncidentFilter, isFiltered, matchesFilter, newestFirst, whereAll } from './incident-list.ts';

/** Whether the list has more than `skip` incidents. Reads one index alone, with one filter at most. */
export async function hasMoreIncidents(
  db: Kysely<Database>,
  { filter, skip }: { filter: IncidentFilter; skip: number },
): Promise<boolean> {
  const { rows } = await sql`
    select from incidents ${whereAll(matchesFilter(filter))} ${newestFirst(isFiltered(filter))}
    limit 1 offset ${skip}`.execute(db);
  return rows.length > 0;
}
