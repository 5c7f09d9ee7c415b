/** What a chat had to be told. */
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
 * Seconds that Telegram's limits alone need for everything that chats had to be told: new incidents up to `threshold`
 * one by one, the others in full digests, and one message for each change.
 * @param perDigest incidents that one digest holds
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
