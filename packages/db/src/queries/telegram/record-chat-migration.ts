import type { Kysely } from 'kysely';
import type { Database } from '../../tables/database.ts';

export async function recordChatMigration(db: Kysely<Database>, from: string, to: string): Promise<void> {
  await db
    .insertInto('telegram_chat_migrations')
    .values({ from_chat: from, to_chat: to })
    .onConflict((conflict) => conflict.column('from_chat').doUpdateSet({ to_chat: to }))
    .execute();
}
