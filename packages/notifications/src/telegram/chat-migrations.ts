import type { Db } from '@incidents/db/client';
import { findCurrentChat } from '@incidents/db/queries/telegram/find-current-chat';
import { recordChatMigration } from '@incidents/db/queries/telegram/record-chat-migration';

export interface ChatMigrations {
  getCurrentChat(chat: string): Promise<string>;
  recordMigration(from: string, to: string): Promise<void>;
}

/** Reads each chat from the database once. A worker learns of a later migration from the server's reply. */
export function createChatMigrations(db: Db['kysely']): ChatMigrations {
  const currentChats = new Map<string, string>();
  return {
    async getCurrentChat(chat) {
      const current = currentChats.get(chat) ?? (await findCurrentChat(db, chat));
      currentChats.set(chat, current);
      return current;
    },
    async recordMigration(from, to) {
      for (const [chat, current] of currentChats) if (current === from) currentChats.set(chat, to);
      await recordChatMigration(db, from, to);
    },
  };
}
