import type { DigestEntry } from '../engine/channel.ts';
import { alarmMark } from '../messages/alarm-mark.ts';
import { describeSeverity } from '../messages/describe-severity.ts';
import { formatDigestHeading } from '../messages/format-digest-heading.ts';
import { listEntryDetails } from '../messages/list-entry-details.ts';
import { toOneLine } from '../messages/to-one-line.ts';
import type { Wording } from '../messages/wording.ts';
import { truncateCodePoints } from './escape-to-fit.ts';
import { getStatusEmoji } from './get-status-emoji.ts';
import { MAX_ENTITIES, MAX_MESSAGE_UNITS, type Markup, NO_TAGS } from './markup.ts';

/** Code points. A text has two lines on a phone. */
const MAX_TEXT_LENGTH = 80;
const MAX_VALUE_LENGTH = 30;

/** The heading is bold; each entry is bold and a link. */
const MAX_ENTRIES = Math.floor((MAX_ENTITIES - 1) / 2);

export const formatDigestMessage = (entries: DigestEntry[], wording: Wording, markup: Markup): string =>
  formatHeading(entries, wording, markup) +
  entries.map((entry) => formatEntry(entry, wording, markup).text).join('');

export function countFittingEntries(entries: DigestEntry[], wording: Wording, markup: Markup): number {
  let units = 0;
  let fitting = 0;
  for (const entry of entries.slice(0, MAX_ENTRIES)) {
    units += formatEntry(entry, wording, markup).units;
    if (formatHeading(entries.slice(0, fitting + 1), wording, markup).length + units > MAX_MESSAGE_UNITS)
      break;
    fitting += 1;
  }
  return Math.max(1, fitting);
}

const formatHeading = (incidents: DigestEntry[], { messages }: Wording, { bold }: Markup) =>
  `🗂 ${bold[0]}${formatDigestHeading(incidents, messages)}${bold[1]}`;

/** `units` is the length without the markup of the link. */
function formatEntry(
  entry: DigestEntry,
  { messages, formatTime, incidentUrl }: Wording,
  { escapeText, bold, link }: Markup,
): { text: string; units: number } {
  // A line break would make one incident look like two.
  const formatValue = (text: string, maxCodePoints: number) =>
    escapeText(truncateCodePoints(toOneLine(text), maxCodePoints));
  const url = incidentUrl(entry.id);
  const [opening, closing] = url === undefined || link === undefined ? NO_TAGS : link(url);
  const number = `${bold[0]}${opening}№${entry.id}${closing}${bold[1]}`;
  const details = [
    entry.status,
    describeSeverity(entry.severity, messages),
    entry.source,
    ...listEntryDetails(entry),
  ].map((value) => formatValue(value, MAX_VALUE_LENGTH));
  const text = `\n\n${getStatusEmoji(entry.status)} ${alarmMark(entry, entry)}${number} ${formatValue(entry.text, MAX_TEXT_LENGTH)}
${details.join(' · ')} · ${formatTime(entry.created_at)}`;
  return { text, units: text.length - opening.length - closing.length };
}
