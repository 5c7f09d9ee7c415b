import type { TurnLimits } from '@incidents/core/telegram/await-turn';

/** How many messages Telegram takes from one bot. */
export interface TelegramLimits {
  /** To one chat. */
  chatPerSecond: number;
  /** To one group or channel. */
  groupPerMinute: number;
  /** To all chats together. */
  totalPerSecond: number;
}

/** Milliseconds between two messages. */
export interface Intervals {
  chat: number;
  group: number;
  total: number;
}

/**
 * What is added to an interval counted by the second: a message that leaves on time and one that is held up
 * on its way for 150 ms still arrive a whole interval apart.
 */
const MARGIN = 1.15;

/** Over a minute 5 % are three seconds already. */
const MARGIN_PER_MINUTE = 1.05;

/** How many milliseconds late a turn may be used: the rest of the margin's 150 is for the network. */
export const MAX_LATENESS_MS = 80;

/**
 * The spacing that keeps within `limits` wherever in time the server's windows begin. Evenly spaced messages
 * leave no burst that a window could cut badly.
 */
export function turnIntervals({ chatPerSecond, groupPerMinute, totalPerSecond }: TelegramLimits): Intervals {
  const chat = (1_000 / chatPerSecond) * MARGIN;
  return {
    chat,
    // A group is a chat too.
    group: Math.max(chat, (60_000 / groupPerMinute) * MARGIN_PER_MINUTE),
    total: (1_000 / totalPerSecond) * MARGIN,
  };
}

/** What a message to `chat` is under. The topics of a group share its limits. */
export const turnLimits = (chat: string, intervals: Intervals): TurnLimits => ({
  total: { scope: 'total', interval: intervals.total },
  chat: { scope: chatScope(chat), interval: isGroup(chat) ? intervals.group : intervals.chat },
});

/** The name under which a chat's turns are kept. Telegram does not tell capital letters in names apart. */
const chatScope = (chat: string): string => `chat:${chat.toLowerCase()}`;

/** Groups, channels, and whatever has a public name; people have positive numbers. */
const isGroup = (chat: string) => chat.startsWith('-') || chat.startsWith('@');
