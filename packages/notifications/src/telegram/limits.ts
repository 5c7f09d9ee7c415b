/** How many messages Telegram takes from one bot. */
export interface TelegramLimits {
  /** To one chat. */
  chatPerSecond: number;
  /** To one group or channel. */
  groupPerMinute: number;
  /** To all chats together. */
  totalPerSecond: number;
}

/**
 * Margin of the interval between messages to all chats: a message that leaves on time and one that is 150 ms late
 * still arrive a whole interval apart.
 */
const TOTAL_MARGIN = 1.15;

/** Milliseconds between two messages to any chats. Even spacing leaves no burst that a window could cut badly. */
export const totalInterval = ({ totalPerSecond }: TelegramLimits): number =>
  (1_000 / totalPerSecond) * TOTAL_MARGIN;

/**
 * Milliseconds from the reply to one message until the next message to the same chat. As it begins with the reply, the
 * messages arrive further apart, so it needs no margin. A group is a chat too.
 */
export function chatInterval(chat: string, { chatPerSecond, groupPerMinute }: TelegramLimits): number {
  const interval = 1_000 / chatPerSecond;
  return isGroup(chat) ? Math.max(interval, 60_000 / groupPerMinute) : interval;
}

/** Groups, channels and chats with a public name. A person's number is positive. */
const isGroup = (chat: string) => chat.startsWith('-') || chat.startsWith('@');
