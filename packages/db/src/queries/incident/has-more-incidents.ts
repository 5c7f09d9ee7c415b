import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { newestFirst, whereStatus } from './incident-list.ts';

/** Whether the list has more than `skip` incidents. Reads the index alone. */
export async function hasMoreIncidents(
  db: Kysely<Database>,
  { status, skip }: { status: string | undefined; skip: number },
): Promise<boolean> {
  const { rows } = await sql`
    select from incidents ${whereStatus(status)} ${newestFirst(status)} limit 1 offset ${skip}`.execute(db);
  return rows.length > 0;
}
