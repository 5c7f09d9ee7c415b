/** Where messages go. */
export interface Recipient {
  /** A chat's number, below zero for groups and channels, or the `@name` of a public one. */
  chat: string;
  /** A topic of a forum group (`message_thread_id`). */
  topic?: number;
}

const RECIPIENT = /^(?<chat>-?[1-9]\d{0,15}|@[A-Za-z]\w{3,31})(?::(?<topic>[1-9]\d{0,9}))?$/;

/**
 * Reads `chat` or `chat:topic`: `12345`, `-1001234567890:42`, `@channel`.
 * @throws Error that says what is wrong with it
 */
export function parseRecipient(recipient: string): Recipient {
  const parts = RECIPIENT.exec(recipient)?.groups;
  const chat = parts?.chat;
  if (chat === undefined || (!chat.startsWith('@') && !Number.isSafeInteger(Number(chat)))) {
    throw new Error(
      `"${recipient}" is neither a chat nor chat:topic: 12345, -1001234567890, -1001234567890:42 or @channel is expected`,
    );
  }
  return { chat, ...(parts?.topic !== undefined && { topic: Number(parts.topic) }) };
}
