import type { Escape } from './escape-to-fit.ts';

export interface Markup {
  escapeText: Escape;
  bold: Tags;
  /** Indented; the app collapses a long quote. */
  quote: Tags;
  /** `url` is percent-encoded. */
  link?(url: string): Tags;
}

type Tags = readonly [opening: string, closing: string];

export const NO_TAGS: Tags = ['', ''];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

const escapeHtml = (text: string) =>
  /[&<>]/.test(text) ? text.replace(/[&<>]/g, (character) => ENTITIES[character] ?? character) : text;

/** Telegram's `HTML` parse mode. It needs three characters escaped; a percent-encoded URL has no quotes. */
export const htmlMarkup: Markup = {
  escapeText: escapeHtml,
  bold: ['<b>', '</b>'],
  quote: ['<blockquote expandable>', '</blockquote>'],
  link: (url) => [`<a href="${escapeHtml(url)}">`, '</a>'],
};

export const plainMarkup: Markup = { escapeText: (text) => text, bold: NO_TAGS, quote: NO_TAGS };

/** UTF-16 units of a message, except links. Telegram's own limit counts characters without markup. */
export const MAX_MESSAGE_UNITS = 4096;

export const MAX_ENTITIES = 100;
