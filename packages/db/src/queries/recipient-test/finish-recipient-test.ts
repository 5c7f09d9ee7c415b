import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

/** Records the result of a test, unless it has one. */
export async function finishRecipientTest(
  db: Kysely<Database>,
  id: number,
  { ok, detail }: { ok: boolean; detail: string },
): Promise<void> {
  await db
    .updateTable('recipient_tests')
    .set({ ok, detail, finished_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('ok', 'is', null)
    .execute();
}
