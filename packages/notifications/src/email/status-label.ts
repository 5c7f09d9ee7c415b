import { type Html, html } from './html.ts';

interface Colours {
  text: string;
  background: string;
}

const COLOURS = new Map<string, Colours>([
  ['новый', { text: '#b3261e', background: '#fde7e5' }],
  ['в работе', { text: '#8a5300', background: '#fff0d6' }],
  ['закрыт', { text: '#1b6b34', background: '#e2f3e7' }],
]);
const GREY: Colours = { text: '#5b6470', background: '#eef0f3' };

export const getStatusColours = (status: string): Colours => COLOURS.get(status) ?? GREY;

/** Renders a status with its own background: it is legible on the light and the dark card. */
export function renderStatusLabel(status: string): Html {
  const { text, background } = getStatusColours(status);
  return html`<span style="display:inline-block;padding:1px 9px;border-radius:11px;background:${background};color:${text};font-weight:600">${status}</span>`;
}
