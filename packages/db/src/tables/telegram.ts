import type { ColumnType } from 'kysely';

/** The one message about an incident in a chat, which later events edit. */
export interface TelegramMessageTable {
  incident_id: number;
  /** `chat` or `chat:topic`, as configured. */
  recipient: string;
  /** The chat that `message_id` counts in: a group that became a supergroup numbers its messages anew. */
  chat: string | null;
  /** Telegram's number of the message; null while the first send is under way. */
  message_id: number | null;
  /** SHA-256 of its present text. An edit to the same text is not sent. */
  content_hash: string | null;
  /** The lock of one edit; its value identifies the holder. */
  held_until: ColumnType<Date, never, never>;
  /** The delivery for which it was held last: sent anew, it may have the message at once. */
  held_for: number | null;
}

export interface TelegramChatMigrationTable {
  from_chat: string;
  to_chat: string;
}

/** The send slots of the bot, `total 1`, `total 2`, …; each is free from `next_at` on. Shared by every worker. */
export interface TelegramTurnTable {
  scope: string;
  next_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, never>;
}
