import type { NotifiedIncident } from '@incidents/core/delivery/channel';
import type { Messages } from '../messages/messages.ts';
import { utcMinute } from '../messages/utc-minute.ts';
import { fitText, shortenText } from './fit-text.ts';
import { type Markup, MOST_UNITS } from './markup.ts';
import { statusSign } from './status-sign.ts';

/** Units that a long text leaves to the description, if there is as much of it. */
const LEFT_FOR_DESCRIPTION = 400;

/** Code points of a field; those that the service writes are never longer. */
const MOST_OF_FIELD = 100;

/**
 * The message about an incident, at most 4096 UTF-16 units. It says what the incident is and not what happened
 * to it: the same message is edited at every event, and events may come in any order.
 *
 * What is too long is cut: the description first, then the text, never the fields.
 */
export function incidentMessage(incident: NotifiedIncident, messages: Messages, markup: Markup): string {
  const { labels } = messages;
  const { escaped, bold, quote } = markup;
  const heading =
    incident.status === 'новый' ? messages.heading(incident, { kind: 'created' }) : messages.title(incident);
  const field = (label: string, value: string) =>
    `${bold[0]}${escapeAll(label, markup)}:${bold[1]} ${escapeAll(shortenText(value, MOST_OF_FIELD), markup)}`;

  const beforeText = `${statusSign(incident.status)} ${bold[0]}${escapeAll(heading, markup)}${bold[1]}\n\n`;
  const beforeDescription = `\n\n${quote[0]}`;
  const fields = [
    field(labels.status, incident.status),
    field(labels.source, incident.source),
    field(labels.created, utcMinute(incident.created_at)),
  ];
  const afterDescription = `${quote[1]}\n\n${fields.join('\n')}`;

  const room = MOST_UNITS - beforeText.length - beforeDescription.length - afterDescription.length;
  const least = fitText(incident.description, escaped, LEFT_FOR_DESCRIPTION).length;
  const text = fitText(incident.text, escaped, room - least);
  const description = fitText(incident.description, escaped, room - text.length);
  return beforeText + text + beforeDescription + description + afterDescription;
}

const escapeAll = (text: string, { escaped }: Markup) => fitText(text, escaped, Number.POSITIVE_INFINITY);
