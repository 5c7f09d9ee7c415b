export interface ChatLoad {
  isGroup: boolean;
  incidents: number;
  changes: number;
}

/** Seconds between two messages: to a chat, to a group, and of the whole bot. */
const CHAT_SECONDS = 1;
const GROUP_SECONDS = 3;
const BOT_SECONDS = 1 / 30;

/** For single messages up to `threshold`, digests of `perDigest` for the others, and each change. */
export function calculateLimitSeconds(
  chats: ChatLoad[],
  { threshold, perDigest }: { threshold: number; perDigest: number },
): number {
  const messagesOf = ({ incidents, changes }: ChatLoad) =>
    Math.min(incidents, threshold) + Math.ceil(Math.max(0, incidents - threshold) / perDigest) + changes;
  const total = chats.reduce((sum, chat) => sum + messagesOf(chat), 0);
  const slowest = chats.map((chat) => messagesOf(chat) * (chat.isGroup ? GROUP_SECONDS : CHAT_SECONDS));
  return Math.max(total * BOT_SECONDS, ...slowest);
}
