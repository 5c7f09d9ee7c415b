import type { DigestEntry } from '../engine/channel.ts';
import { toOneLine } from '../messages/to-one-line.ts';
import type { Wording } from '../messages/wording.ts';
import { shortenText } from './fit-text.ts';
import { MAX_ENTITIES, MAX_UNITS, type Markup, NO_TAGS } from './markup.ts';
import { statusSign } from './status-sign.ts';

/** Code points of an incident's text, two lines on a phone, and of the other values. */
const MAX_TEXT_LENGTH = 80;
const MAX_VALUE_LENGTH = 30;

/** The heading is bold; each entry is bold and a link. */
const MAX_ENTRIES = Math.floor((MAX_ENTITIES - 1) / 2);

/** A digest: two lines an incident. `fitInDigest` says how many may be in it. */
export const digestMessage = (entries: DigestEntry[], wording: Wording, markup: Markup): string =>
  heading(entries.length, wording, markup) +
  entries.map((entry) => digestEntry(entry, wording, markup).text).join('');

/** How many of `entries`, from the first on, fit into one message of 4096 UTF-16 units; at least 1. */
export function fitInDigest(entries: DigestEntry[], wording: Wording, markup: Markup): number {
  let units = 0;
  let fitting = 0;
  for (const entry of entries.slice(0, MAX_ENTRIES)) {
    units += digestEntry(entry, wording, markup).units;
    if (heading(fitting + 1, wording, markup).length + units > MAX_UNITS) break;
    fitting += 1;
  }
  return Math.max(1, fitting);
}

const heading = (incidents: number, { messages }: Wording, { bold }: Markup) =>
  `🗂 ${bold[0]}${messages.digestHeading(incidents)}${bold[1]}`;

/** One incident of a digest; `units` is its length without the markup of its link. */
function digestEntry(
  entry: DigestEntry,
  { formatTime, incidentUrl }: Wording,
  { escapeText, bold, link }: Markup,
): { text: string; units: number } {
  // A line break would make one incident look like two.
  const value = (text: string, most: number) => escapeText(shortenText(toOneLine(text), most));
  const url = incidentUrl(entry.id);
  const [opening, closing] = url === undefined || link === undefined ? NO_TAGS : link(url);
  const number = `${bold[0]}${opening}№${entry.id}${closing}${bold[1]}`;
  const status = value(entry.status, MAX_VALUE_LENGTH);
  const source = value(entry.source, MAX_VALUE_LENGTH);
  const text = `\n\n${statusSign(entry.status)} ${number} ${value(entry.text, MAX_TEXT_LENGTH)}
${status} · ${source} · ${formatTime(entry.created_at)}`;
  return { text, units: text.length - opening.length - closing.length };
}
