import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

export async function deleteExpiredSessions(db: Kysely<Database>): Promise<void> {
  await db.deleteFrom('sessions').where('expires_at', '<=', sql<Date>`now()`).execute();
}
