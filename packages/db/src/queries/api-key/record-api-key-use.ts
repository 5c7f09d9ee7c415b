import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

/** Records that a key was used now. Skips a key that another transaction has locked. */
export async function recordApiKeyUse(db: Kysely<Database>, id: number): Promise<void> {
  await db
    .updateTable('api_keys')
    .set({ last_used_at: sql<Date>`now()` })
    .where('id', '=', (eb) =>
      eb.selectFrom('api_keys').select('id').where('id', '=', id).forUpdate().skipLocked(),
    )
    .execute();
}
