import type { IncidentNotice } from '../engine/channel.ts';
import { describeActor } from '../messages/describe-actor.ts';
import { getStatusChange } from '../messages/get-status-change.ts';
import type { Wording } from '../messages/wording.ts';
import { fitText, shortenText } from './fit-text.ts';
import { MAX_UNITS, type Markup, NO_TAGS } from './markup.ts';
import { statusSign } from './status-sign.ts';

/** Units that a long text leaves to the description, if there is as much of it. */
const MIN_DESCRIPTION_UNITS = 400;

/** Code points of a field; those that the service writes are never longer. */
const MAX_FIELD_LENGTH = 100;

/**
 * The message about an incident, at most 4096 UTF-16 units. The same message is edited at every event, so it says
 * what the incident is now. It names the change of `event` only when that change led to the present status: a
 * later change has an event of its own.
 *
 * What is too long is cut: the description first, then the text, never the fields.
 */
export function incidentMessage(
  { incident, event }: Pick<IncidentNotice, 'incident' | 'event'>,
  { messages, formatTime, incidentUrl }: Wording,
  markup: Markup,
): string {
  const { labels } = messages;
  const { escapeText, bold, quote } = markup;
  const heading = incident.status === 'новый' ? messages.newTitle(incident) : messages.title(incident);
  const url = incidentUrl(incident.id);
  const [opening, closing] = url === undefined || markup.link === undefined ? NO_TAGS : markup.link(url);
  const written = (value: string) => escapeText(shortenText(value, MAX_FIELD_LENGTH));
  const field = (label: string, value: string) => `${bold[0]}${escapeText(label)}:${bold[1]} ${value}`;

  const beforeText = `${statusSign(incident.status)} ${bold[0]}${opening}${escapeText(heading)}${closing}${bold[1]}\n\n`;
  const beforeDescription = `\n\n${quote[0]}`;
  const fields = [
    field(labels.status, written(incident.status)),
    field(labels.source, written(incident.source)),
    field(labels.created, formatTime(incident.created_at)),
  ];
  const change = event.kind === 'updated' ? getStatusChange(event) : undefined;
  if (change?.to === incident.status) {
    const actor = describeActor(event.actor, messages);
    fields.push(field(labels.change, `${written(change.from)} → ${written(change.to)} · ${written(actor)}`));
  }
  if (url !== undefined && markup.link === undefined) fields.push('', url);
  const afterDescription = `${quote[1]}\n\n${fields.join('\n')}`;

  const room = MAX_UNITS - beforeText.length - beforeDescription.length - afterDescription.length;
  const least = fitText(incident.description, escapeText, MIN_DESCRIPTION_UNITS).length;
  const text = fitText(incident.text, escapeText, room - least);
  const description = fitText(incident.description, escapeText, room - text.length);
  return beforeText + text + beforeDescription + description + afterDescription;
}
