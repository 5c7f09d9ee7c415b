export interface TelegramLimits {
  chatPerSecond: number;
  groupPerMinute: number;
  totalPerSecond: number;
}

/** From the reply to one message until the next to its chat: counted so, messages need no margin. */
export function getChatIntervalMs(chat: string, { chatPerSecond, groupPerMinute }: TelegramLimits): number {
  const intervalMs = 1_000 / chatPerSecond;
  return isGroup(chat) ? Math.max(intervalMs, 60_000 / groupPerMinute) : intervalMs;
}

/** Whether it is a group, a channel or a public chat. The id of a person is positive. */
const isGroup = (chat: string) => chat.startsWith('-') || chat.startsWith('@');
