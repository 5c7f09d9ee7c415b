export interface Recipient {
  /** The id of a chat, negative for groups and channels, or `@name` of a public one. */
  chat: string;
  /** `message_thread_id` of a topic in a forum group. */
  topic?: number;
}

const RECIPIENT = /^(?<chat>-?[1-9]\d{0,15}|@[A-Za-z]\w{3,31})(?::(?<topic>[1-9]\d{0,9}))?$/;

/**
 * Parses `12345`, `-1001234567890:42` (`chat:topic`) or `@channel`.
 * @throws Error when it is invalid
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
