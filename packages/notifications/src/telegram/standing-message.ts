/** A message that stands in a chat. */
export interface StandingMessage {
  chat: string;
  messageId: number;
}

/**
 * What a delivery records of a message: Telegram's number of it, with the chat before it where that is not the one that
 * is configured. A group that became a supergroup numbers its messages anew.
 */
export const toProviderMessageId = ({ chat, messageId }: StandingMessage, configuredChat: string): string =>
  chat === configuredChat ? String(messageId) : `${chat}/${messageId}`;

/** Reads what `toProviderMessageId` wrote; undefined when it is something else. */
export function parseProviderMessageId(id: string, configuredChat: string): StandingMessage | undefined {
  const parts = /^(?:(?<chat>[^/]+)\/)?(?<messageId>\d+)$/.exec(id)?.groups;
  if (parts === undefined) return undefined;
  return { chat: parts.chat ?? configuredChat, messageId: Number(parts.messageId) };
}
