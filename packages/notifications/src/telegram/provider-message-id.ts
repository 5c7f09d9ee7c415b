export interface ChatMessage {
  chat: string;
  messageId: number;
}

export const formatProviderMessageId = ({ chat, messageId }: ChatMessage, configuredChat: string): string =>
  chat === configuredChat ? String(messageId) : `${chat}/${messageId}`;

export function parseProviderMessageId(id: string, configuredChat: string): ChatMessage | undefined {
  const parts = /^(?:(?<chat>[^/]+)\/)?(?<messageId>\d+)$/.exec(id)?.groups;
  if (parts === undefined) return undefined;
  return { chat: parts.chat ?? configuredChat, messageId: Number(parts.messageId) };
}
