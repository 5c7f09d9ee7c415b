/** A message that stands in a chat. */
export interface StandingMessage {
  chat: string;
  messageId: number;
}

/** Formats the id that a delivery stores: `messageId`, or `chat/messageId` for a migrated chat. */
export const toProviderMessageId = ({ chat, messageId }: StandingMessage, configuredChat: string): string =>
  chat === configuredChat ? String(messageId) : `${chat}/${messageId}`;

/** Reads what `toProviderMessageId` wrote; undefined when it is something else. */
export function parseProviderMessageId(id: string, configuredChat: string): StandingMessage | undefined {
  const parts = /^(?:(?<chat>[^/]+)\/)?(?<messageId>\d+)$/.exec(id)?.groups;
  if (parts === undefined) return undefined;
  return { chat: parts.chat ?? configuredChat, messageId: Number(parts.messageId) };
}
