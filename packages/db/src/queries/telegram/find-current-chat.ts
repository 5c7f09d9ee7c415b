import type { Kysely } from 'kysely';
import type { Database } from '../../tables/database.ts';

/** The present id of a chat. A group that became a supergroup has a new one. */
export async function findCurrentChat(db: Kysely<Database>, chat: string): Promise<string> {
  const migration = await db
    .selectFrom('telegram_chat_migrations')
    .select('to_chat')
    .where('from_chat', '=', chat)
    .executeTakeFirst();
  return migration?.to_chat ?? chat;
}
