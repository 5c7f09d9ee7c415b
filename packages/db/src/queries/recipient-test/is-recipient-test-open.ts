import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

export async function isRecipientTestOpen(
  db: Kysely<Database>,
  id: number,
  maxAgeSeconds: number,
): Promise<boolean> {
  const test = await db
    .selectFrom('recipient_tests')
    .select('id')
    .where('id', '=', id)
    .where('ok', 'is', null)
    .where('created_at', '>', sql<Date>`now() - make_interval(secs => ${maxAgeSeconds})`)
    .executeTakeFirst();
  return test !== undefined;
}
