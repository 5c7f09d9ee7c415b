import type { Kysely } from 'kysely';
import type { Database } from '../tables/database.ts';
import { formattedCreatedAt, type IncidentRow } from './incident-row.ts';

export interface IncidentPage {
  /** Exactly this status; undefined for any. */
  status: string | undefined;
  /** Rows to pass over. */
  skip: number;
  /** Most rows to return. */
  limit: number;
}

/** Incidents from the newest on: `created_at`, then `id`, descending. */
export function listIncidents(db: Kysely<Database>, page: IncidentPage): Promise<IncidentRow[]> {
  return db
    .selectFrom('incidents')
    .select([
      'id',
      'text',
      'description',
      'status',
      'source',
      formattedCreatedAt('incidents').as('created_at'),
    ])
    .$if(page.status !== undefined, (query) => query.where('status', '=', page.status as string))
    .orderBy('incidents.created_at', 'desc')
    .orderBy('incidents.id', 'desc')
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
