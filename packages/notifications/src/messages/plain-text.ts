import type { DigestEntry, IncidentNotice } from '../engine/channel.ts';
import { describeActor } from './describe-actor.ts';
import { heading } from './heading.ts';
import { namesActor } from './names-actor.ts';
import { statusChange } from './status-change.ts';
import type { Wording } from './wording.ts';

/** A message about an incident without any markup, lines separated by `\n`. */
export function plainText(notice: IncidentNotice, { messages, formatTime, incidentUrl }: Wording): string {
  const { incident, event } = notice;
  const { labels } = messages;
  const change = statusChange(event);
  const url = incidentUrl(incident.id);
  return [
    heading(notice, messages),
    '',
    incident.text,
    '',
    incident.description,
    '',
    `${labels.status}: ${change ? `${change.from} → ${change.to}` : incident.status}`,
    ...(change && change.to !== incident.status ? [`${labels.statusNow}: ${incident.status}`] : []),
    `${labels.source}: ${incident.source}`,
    `${labels.created}: ${formatTime(incident.created_at)}`,
    ...(namesActor(event) ? [`${labels.actor}: ${describeActor(event.actor, messages)}`] : []),
    ...(url === undefined ? [] : ['', url]),
  ].join('\n');
}

/** A digest without any markup: one incident a line. */
export const plainDigest = (entries: DigestEntry[], { messages, formatTime }: Wording): string =>
  [
    messages.digestHeading(entries.length),
    '',
    ...entries.map(
      // `№12 · 2025-11-08 12:00 UTC · новый · operator · what happened`
      ({ id, created_at, status, source, text }) =>
        `№${id} · ${formatTime(created_at)} · ${status} · ${source} · ${text}`,
    ),
  ].join('\n');
