export const CHANNEL_NAMES = ['email', 'telegram'] as const;

export type ChannelName = (typeof CHANNEL_NAMES)[number];

/** How a message leaves; `log` for a channel that is not configured. */
export type TransportName = 'smtp' | 'telegram' | 'log';
