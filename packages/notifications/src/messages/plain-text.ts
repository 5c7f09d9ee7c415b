import type { DigestEntry, IncidentNotice } from '../engine/channel.ts';
import { alarmMark } from './alarm-mark.ts';
import { describeActor } from './describe-actor.ts';
import { describeSeverity } from './describe-severity.ts';
import { formatDigestHeading } from './format-digest-heading.ts';
import { formatHeading } from './format-heading.ts';
import { getStatusChange } from './get-status-change.ts';
import { listEntryDetails } from './list-entry-details.ts';
import { listFields } from './list-fields.ts';
import { shouldNameActor } from './should-name-actor.ts';
import type { Wording } from './wording.ts';

export function formatIncidentText(notice: IncidentNotice, wording: Wording): string {
  const { messages, incidentUrl } = wording;
  const { incident, event } = notice;
  const { labels } = messages;
  const change = getStatusChange(event);
  const url = incidentUrl(incident.id);
  return [
    `${alarmMark(incident, event)}${formatHeading(notice, messages)}`,
    '',
    incident.text,
    '',
    incident.description,
    '',
    `${labels.status}: ${change ? `${change.from} → ${change.to}` : incident.status}`,
    ...(change && change.to !== incident.status ? [`${labels.statusNow}: ${incident.status}`] : []),
    ...listFields(incident, wording).map(([label, value]) => `${label}: ${value}`),
    ...(shouldNameActor(event) ? [`${labels.actor}: ${describeActor(event.actor, messages)}`] : []),
    ...(url === undefined ? [] : ['', url]),
  ].join('\n');
}

export const formatDigestText = (entries: DigestEntry[], { messages, formatTime }: Wording): string =>
  [
    formatDigestHeading(entries, messages),
    '',
    ...entries.map(
      // `№12 · 2025-11-08 12:00 UTC · новый · ошибка · operator · @shop_bot · Анна · ×12 · what happened`
      (entry) => {
        const { id, created_at, status, severity, source, text } = entry;
        const details = [status, describeSeverity(severity, messages), source, ...listEntryDetails(entry)];
        return `${alarmMark(entry, entry)}№${id} · ${formatTime(created_at)} · ${details.join(' · ')} · ${text}`;
      },
    ),
  ].join('\n');
