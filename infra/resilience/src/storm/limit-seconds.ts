/** The events of one chat. */
export interface ChatLoad {
  isGroup: boolean;
  incidents: number;
  changes: number;
}

/** Seconds between two messages: to a chat, to a group, and of the whole bot. */
const CHAT_SECONDS = 1;
const GROUP_SECONDS = 3;
const BOT_SECONDS = 1 / 30;

/**
 * Seconds that Telegram's limits need for the messages of all chats: single ones up to `threshold`, full digests for the
 * other incidents, and one message for each change.
 * @param perDigest incidents in one digest
 */
export function limitSeconds(
  chats: ChatLoad[],
  { threshold, perDigest }: { threshold: number; perDigest: number },
): number {
  const messagesOf = ({ incidents, changes }: ChatLoad) =>
    Math.min(incidents, threshold) + Math.ceil(Math.max(0, incidents - threshold) / perDigest) + changes;
  const total = chats.reduce((sum, chat) => sum + messagesOf(chat), 0);
  const slowest = chats.map((chat) => messagesOf(chat) * (chat.isGroup ? GROUP_SECONDS : CHAT_SECONDS));
  return Math.max(total * BOT_SECONDS, ...slowest);
}
