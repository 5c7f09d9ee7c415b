import type { DigestEntry } from '@incidents/core/delivery/channel';
import type { Messages } from '../messages/messages.ts';
import { utcMinute } from '../messages/utc-minute.ts';
import { fitText, shortenText } from './fit-text.ts';
import { type Markup, MOST_UNITS } from './markup.ts';
import { statusSign } from './status-sign.ts';

/** Code points of an incident's text, two lines on a phone, and of the other values. */
const MOST_OF_TEXT = 80;
const MOST_OF_VALUE = 30;

/** Telegram ignores markup beyond a hundred places of a message. The heading is one, each incident has one. */
const MOST_ENTRIES = 99;

/** A digest: two lines an incident. `fitInDigest` says how many may be in it. */
export const digestMessage = (entries: DigestEntry[], messages: Messages, markup: Markup): string =>
  heading(entries.length, messages, markup) + entries.map((entry) => digestEntry(entry, markup)).join('');

/** How many of `entries`, from the first on, fit into one message of 4096 UTF-16 units; at least 1. */
export function fitInDigest(entries: DigestEntry[], messages: Messages, markup: Markup): number {
  let units = 0;
  let fitting = 0;
  for (const entry of entries.slice(0, MOST_ENTRIES)) {
    units += digestEntry(entry, markup).length;
    if (heading(fitting + 1, messages, markup).length + units > MOST_UNITS) break;
    fitting += 1;
  }
  return Math.max(1, fitting);
}

const heading = (incidents: number, messages: Messages, { bold }: Markup) =>
  `🗂 ${bold[0]}${messages.digestHeading(incidents)}${bold[1]}`;

function digestEntry(entry: DigestEntry, { escaped, bold }: Markup): string {
  const value = (text: string, most: number) =>
    // A line break would make one incident look like two.
    fitText(shortenText(text.replaceAll(/\s+/g, ' ').trim(), most), escaped, Number.POSITIVE_INFINITY);
  const details = [
    value(entry.status, MOST_OF_VALUE),
    value(entry.source, MOST_OF_VALUE),
    utcMinute(entry.created_at),
  ];
  return [
    `\n\n${statusSign(entry.status)} ${bold[0]}№${entry.id}${bold[1]} ${value(entry.text, MOST_OF_TEXT)}`,
    details.join(' · '),
  ].join('\n');
}
