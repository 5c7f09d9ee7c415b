import type { Kysely } from 'kysely';
import type { Database } from '../../tables/database.ts';

export async function deleteSession(db: Kysely<Database>, digest: Buffer): Promise<void> {
  await db.deleteFrom('sessions').where('digest', '=', digest).execute();
}
