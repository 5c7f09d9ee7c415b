import type { DigestEntry, IncidentNotice } from '../engine/channel.ts';
import { describeActor } from './describe-actor.ts';
import { formatHeading } from './format-heading.ts';
import { getStatusChange } from './get-status-change.ts';
import { shouldNameActor } from './should-name-actor.ts';
import type { Wording } from './wording.ts';

export function formatIncidentText(
  notice: IncidentNotice,
  { messages, formatTime, incidentUrl }: Wording,
): string {
  const { incident, event } = notice;
  const { labels } = messages;
  const change = getStatusChange(event);
  const url = incidentUrl(incident.id);
  return [
    formatHeading(notice, messages),
    '',
    incident.text,
    '',
    incident.description,
    '',
    `${labels.status}: ${change ? `${change.from} → ${change.to}` : incident.status}`,
    ...(change && change.to !== incident.status ? [`${labels.statusNow}: ${incident.status}`] : []),
    `${labels.source}: ${incident.source}`,
    `${labels.created}: ${formatTime(incident.created_at)}`,
    ...(shouldNameActor(event) ? [`${labels.actor}: ${describeActor(event.actor, messages)}`] : []),
    ...(url === undefined ? [] : ['', url]),
  ].join('\n');
}

export const formatDigestText = (entries: DigestEntry[], { messages, formatTime }: Wording): string =>
  [
    messages.digestHeading(entries.length),
    '',
    ...entries.map(
      // `№12 · 2025-11-08 12:00 UTC · новый · operator · what happened`
      ({ id, created_at, status, source, text }) =>
        `№${id} · ${formatTime(created_at)} · ${status} · ${source} · ${text}`,
    ),
  ].join('\n');
