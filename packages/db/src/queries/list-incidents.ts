import type { Kysely, OrderByItemBuilder } from 'kysely';
import type { Database } from '../tables/database.ts';
import { type IncidentRow, incidentColumns } from './incident-row.ts';

export interface IncidentPage {
  /** Exactly this status; undefined for any. */
  status: string | undefined;
  /** Rows to pass over. */
  skip: number;
  /** Most rows to return. */
  limit: number;
}

/**
 * Incidents from the newest on: `created_at`, then `id`, descending.
 *
 * With a status the order is the one of `incidents_status_newest` alone. Were it that of `incidents_newest`
 * too, PostgreSQL would often read all incidents from the newest on and pass over those of another status:
 * the closed ones are the old ones, so it would pass over every open one (measured: 120,000 rows for 100).
 */
export function listIncidents(db: Kysely<Database>, page: IncidentPage): Promise<IncidentRow[]> {
  const order = (by: OrderByItemBuilder) => (page.status === undefined ? by.desc() : by.desc().nullsLast());
  return db
    .selectFrom('incidents')
    .select(incidentColumns)
    .$if(page.status !== undefined, (query) => query.where('status', '=', page.status as string))
    .orderBy('incidents.created_at', order)
    .orderBy('incidents.id', order)
    .limit(page.limit)
    .offset(page.skip)
    .execute();
}

/** How many incidents there are, of one status or of any. */
export async function countIncidents(db: Kysely<Database>, status: string | undefined): Promise<number> {
  const { count } = await db
    .selectFrom('incidents')
    .select((select) => select.fn.countAll<number>().as('count'))
    .$if(status !== undefined, (query) => query.where('status', '=', status as string))
    .executeTakeFirstOrThrow();
  return count;
}
