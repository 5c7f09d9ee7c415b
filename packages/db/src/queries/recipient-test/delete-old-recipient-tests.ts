import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

export async function deleteOldRecipientTests(db: Kysely<Database>): Promise<void> {
  await db
    .deleteFrom('recipient_tests')
    .where('created_at', '<=', sql<Date>`now() - interval '1 day'`)
    .execute();
}
