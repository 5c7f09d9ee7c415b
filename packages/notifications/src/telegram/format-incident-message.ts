import type { IncidentNotice, ValueChange } from '../engine/channel.ts';
import { alarmMark } from '../messages/alarm-mark.ts';
import { describeActor } from '../messages/describe-actor.ts';
import { getSeverityChange } from '../messages/get-severity-change.ts';
import { getStatusChange } from '../messages/get-status-change.ts';
import { listFields } from '../messages/list-fields.ts';
import type { Messages } from '../messages/messages.ts';
import type { Wording } from '../messages/wording.ts';
import { escapeToFit, truncateCodePoints } from './escape-to-fit.ts';
import { getStatusEmoji } from './get-status-emoji.ts';
import { MAX_MESSAGE_UNITS, type Markup, NO_TAGS } from './markup.ts';

const MIN_DESCRIPTION_UNITS = 400;

/** Code points. Fields that the service writes are never longer. */
const MAX_FIELD_LENGTH = 100;
/** Of a status that was written by hand. */
const MAX_STATUS_LENGTH = 50;

/** Shows the present state, as every event edits it. Truncates description, then text, never fields. */
export function formatIncidentMessage(
  { incident, event }: Pick<IncidentNotice, 'incident' | 'event'>,
  wording: Wording,
  markup: Markup,
): string {
  const { messages, incidentUrl } = wording;
  const { labels } = messages;
  const { escapeText, bold, quote } = markup;
  const heading = formatPresentHeading({ incident, event }, messages);
  const url = incidentUrl(incident.id);
  const [opening, closing] = url === undefined || markup.link === undefined ? NO_TAGS : markup.link(url);
  const formatValue = (value: string, maxCodePoints = MAX_FIELD_LENGTH) =>
    escapeText(truncateCodePoints(value, maxCodePoints));
  const formatStatus = (value: string) => formatValue(value, MAX_STATUS_LENGTH);
  const formatField = (label: string, value: string) => `${bold[0]}${escapeText(label)}:${bold[1]} ${value}`;

  const beforeText = `${alarmMark(incident, event)}${getStatusEmoji(incident.status)} ${bold[0]}${opening}${escapeText(heading)}${closing}${bold[1]}\n\n`;
  const beforeDescription = `\n\n${quote[0]}`;
  const fields = [
    formatField(labels.status, formatStatus(incident.status)),
    ...listFields(incident, wording).map(([label, value]) => formatField(label, formatValue(value))),
  ];
  const change = getPresentChange({ incident, event }, messages);
  if (change !== undefined) {
    const actor = describeActor(event.actor, messages);
    fields.push(
      formatField(
        labels.change,
        `${formatStatus(change.from)} → ${formatStatus(change.to)} · ${formatValue(actor)}`,
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

/** A later event may have edited the message meanwhile, so an escalation is named only while it is true. */
function formatPresentHeading(
  { incident, event }: Pick<IncidentNotice, 'incident' | 'event'>,
  messages: Messages,
): string {
  if (event.kind === 'occurred_again') return messages.repeatedTitle(incident);
  if (incident.status !== 'новый') return messages.title(incident);
  return event.kind === 'escalated' ? messages.escalatedTitle(incident) : messages.newTitle(incident);
}

/** The change of an update, while it still is the last one. */
function getPresentChange(
  { incident, event }: Pick<IncidentNotice, 'incident' | 'event'>,
  messages: Messages,
): ValueChange | undefined {
  const { status, severity } = event.changes;
  if (event.kind !== 'updated') return undefined;
  if (status !== undefined) return status.to === incident.status ? getStatusChange(event) : undefined;
  return severity?.to === incident.severity ? getSeverityChange(event, messages) : undefined;
}
