import type { Escape } from './fit-text.ts';

/** How a message is marked up. */
export interface Markup {
  escaped: Escape;
  bold: Tags;
  /** Set off from the rest, and folded by the app when it is long. */
  quote: Tags;
}

/** What stands before and after the text. */
type Tags = readonly [opening: string, closing: string];

const ESCAPED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Telegram's `HTML` parse mode. Outside of attributes it needs three characters escaped. */
export const html: Markup = {
  escaped: (character) => ESCAPED[character] ?? character,
  bold: ['<b>', '</b>'],
  quote: ['<blockquote expandable>', '</blockquote>'],
};

/** No markup at all, for a server that does not understand ours. */
export const plain: Markup = { escaped: (character) => character, bold: ['', ''], quote: ['', ''] };

/** Most UTF-16 units of a message, markup included. Telegram counts less: characters, without the markup. */
export const MOST_UNITS = 4096;
