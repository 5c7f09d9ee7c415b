import type { IncidentNotice } from '../engine/channel.ts';
import { describeActor } from '../messages/describe-actor.ts';
import { getStatusChange } from '../messages/get-status-change.ts';
import type { Wording } from '../messages/wording.ts';
import { escapeToFit, truncateCodePoints } from './escape-to-fit.ts';
import { getStatusEmoji } from './get-status-emoji.ts';
import { MAX_MESSAGE_UNITS, type Markup, NO_TAGS } from './markup.ts';

const MIN_DESCRIPTION_UNITS = 400;

/** Code points. Fields that the service writes are never longer. */
const MAX_FIELD_LENGTH = 100;

/** Shows the present state, as every event edits it. Truncates description, then text, never fields. */
export function formatIncidentMessage(
  { incident, event }: Pick<IncidentNotice, 'incident' | 'event'>,
  { messages, formatTime, incidentUrl }: Wording,
  markup: Markup,
): string {
  const { labels } = messages;
  const { escapeText, bold, quote } = markup;
  const heading = incident.status === 'новый' ? messages.newTitle(incident) : messages.title(incident);
  const url = incidentUrl(incident.id);
  const [opening, closing] = url === undefined || markup.link === undefined ? NO_TAGS : markup.link(url);
  const formatValue = (value: string) => escapeText(truncateCodePoints(value, MAX_FIELD_LENGTH));
  const formatField = (label: string, value: string) => `${bold[0]}${escapeText(label)}:${bold[1]} ${value}`;

  const beforeText = `${getStatusEmoji(incident.status)} ${bold[0]}${opening}${escapeText(heading)}${closing}${bold[1]}\n\n`;
  const beforeDescription = `\n\n${quote[0]}`;
  const fields = [
    formatField(labels.status, formatValue(incident.status)),
    formatField(labels.source, formatValue(incident.source)),
    formatField(labels.created, formatTime(incident.created_at)),
  ];
  const change = event.kind === 'updated' ? getStatusChange(event) : undefined;
  if (change?.to === incident.status) {
    const actor = describeActor(event.actor, messages);
    fields.push(
      formatField(
        labels.change,
        `${formatValue(change.from)} → ${formatValue(change.to)} · ${formatValue(actor)}`,
      ),
    );
  }
  if (url !== undefined && markup.link === undefined) fields.push('', url);
  const afterDescription = `${quote[1]}\n\n${fields.join('\n')}`;

  const availableUnits =
    MAX_MESSAGE_UNITS - beforeText.length - beforeDescription.length - afterDescription.length;
  const minDescriptionUnits = escapeToFit(incident.description, escapeText, MIN_DESCRIPTION_UNITS).length;
  const text = escapeToFit(incident.text, escapeText, availableUnits - minDescriptionUnits);
  const description = escapeToFit(incident.description, escapeText, availableUnits - text.length);
  return beforeText + text + beforeDescription + description + afterDescription;
}
