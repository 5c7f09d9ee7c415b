import type { Escape } from './fit-text.ts';

/** How a message is marked up. */
export interface Markup {
  escapeText: Escape;
  bold: Tags;
  /** Set off from the rest, and folded by the app when it is long. */
  quote: Tags;
  /**
   * Tags of a link; undefined where there is no markup for links.
   * @param url percent-encoded
   */
  link?(url: string): Tags;
}

/** What stands before and after the text. */
type Tags = readonly [opening: string, closing: string];

export const NO_TAGS: Tags = ['', ''];

const ESCAPED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

const escapeHtml = (text: string) =>
  /[&<>]/.test(text) ? text.replace(/[&<>]/g, (character) => ESCAPED[character] ?? character) : text;

/** Telegram's `HTML` parse mode. It needs three characters escaped; a percent-encoded URL has no quotes. */
export const html: Markup = {
  escapeText: escapeHtml,
  bold: ['<b>', '</b>'],
  quote: ['<blockquote expandable>', '</blockquote>'],
  link: (url) => [`<a href="${escapeHtml(url)}">`, '</a>'],
};

/** No markup at all, for a server that does not understand ours. */
export const plain: Markup = { escapeText: (text) => text, bold: NO_TAGS, quote: NO_TAGS };

/**
 * Most UTF-16 units of a message, markup of links excepted. Telegram counts less: characters, without any markup.
 */
export const MAX_UNITS = 4096;

/** Telegram ignores markup beyond so many places of a message. */
export const MAX_ENTITIES = 100;
