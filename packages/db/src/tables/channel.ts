export type ChannelName = 'email' | 'telegram';

/** How a message leaves; `log` for a channel that is not configured. */
export type TransportName = 'smtp' | 'telegram' | 'log';
