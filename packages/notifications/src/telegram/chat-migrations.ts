import type { Db } from '@incidents/db/client';
import { currentChat, rememberChatMigration } from '@incidents/db/queries/telegram-chats';

/** Groups that became supergroups and so have another id. */
export interface ChatMigrations {
  /** The id that a chat has now. */
  currentOf(chat: string): Promise<string>;
  /** Remembers, for every worker, that a group has another id from now on. */
  add(from: string, to: string): Promise<void>;
}

/**
 * Reads each chat once and keeps it in memory. A chat that migrates later answers with its new id, so a worker that
 * has not read it again learns of it then.
 */
export function createChatMigrations(db: Db['kysely']): ChatMigrations {
  const current = new Map<string, string>();
  return {
    async currentOf(chat) {
      const known = current.get(chat) ?? (await currentChat(db, chat));
      current.set(chat, known);
      return known;
    },
    async add(from, to) {
      for (const [chat, known] of current) if (known === from) current.set(chat, to);
      await rememberChatMigration(db, from, to);
    },
  };
}
