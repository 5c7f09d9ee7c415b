import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';

/** The id that a chat has now: of a group that became a supergroup the new one. */
export async function currentChat(db: Kysely<Database>, chat: string): Promise<string> {
  const { rows } = await sql<{ to_chat: string }>`
    select to_chat from telegram_chat_migrations where from_chat = ${chat}`.execute(db);
  return rows[0]?.to_chat ?? chat;
}

/** Remembers that a group has another id from now on. */
export async function rememberChatMigration(db: Kysely<Database>, from: string, to: string): Promise<void> {
  await sql`
    insert into telegram_chat_migrations (from_chat, to_chat) values (${from}, ${to})
    on conflict (from_chat) do update set to_chat = excluded.to_chat`.execute(db);
}
