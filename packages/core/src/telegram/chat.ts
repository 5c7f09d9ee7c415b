import {
  currentChat as findCurrentChat,
  rememberChatMigration as storeChatMigration,
} from '@incidents/db/queries/telegram-chats';
import type { Context } from '../context.ts';

/** The id that a chat has now: of a group that became a supergroup the new one. */
export const currentChat = (db: Context['db'], chat: string): Promise<string> => findCurrentChat(db, chat);

/** Remembers, for every worker, that a group has another id from now on. */
export const rememberChatMigration = (db: Context['db'], from: string, to: string): Promise<void> =>
  storeChatMigration(db, from, to);
