import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

/** The incident that further reports with this source and key add to. */
export async function findOpenIncidentId(
  db: Kysely<Database>,
  { source, dedup_key }: { source: string; dedup_key: string },
): Promise<number | undefined> {
  const incident = await db
    .selectFrom('incidents')
    .select('id')
    .where('source', '=', source)
    .where('dedup_key', '=', dedup_key)
    // A literal: the plan has to match the partial index for every value.
    .where('status', '<>', sql.lit('закрыт'))
    .executeTakeFirst();
  return incident?.id;
}
