import { type Html, html } from './html.ts';

interface Colours {
  text: string;
  background: string;
}

/** Red, amber, green: open, in work, over. */
const COLOURS = new Map<string, Colours>([
  ['новый', { text: '#b3261e', background: '#fde7e5' }],
  ['в работе', { text: '#8a5300', background: '#fff0d6' }],
  ['закрыт', { text: '#1b6b34', background: '#e2f3e7' }],
]);
const GREY: Colours = { text: '#5b6470', background: '#eef0f3' };

/** Grey for a status that the service does not know. */
export const coloursOf = (status: string): Colours => COLOURS.get(status) ?? GREY;

/** A status on a background of its own, so that it can be read on the light card and on the dark one. */
export function statusLabel(status: string): Html {
  const { text, background } = coloursOf(status);
  return html`<span style="display:inline-block;padding:1px 9px;border-radius:11px;background:${background};color:${text};font-weight:600">${status}</span>`;
}
