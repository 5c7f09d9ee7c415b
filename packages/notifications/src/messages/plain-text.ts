import type { DigestEntry, IncidentNotice } from '@incidents/core/delivery/channel';
import type { Messages } from './messages.ts';
import { utcMinute } from './utc-minute.ts';

/** A message about an incident without any markup, lines separated by `\n`. */
export function plainText({ incident, event }: IncidentNotice, messages: Messages): string {
  const { labels } = messages;
  return [
    messages.heading(incident, event),
    '',
    incident.text,
    '',
    incident.description,
    '',
    `${labels.status}: ${incident.status}`,
    `${labels.source}: ${incident.source}`,
    `${labels.created}: ${utcMinute(incident.created_at)}`,
  ].join('\n');
}

/** A digest without any markup: one incident a line. */
export const plainDigest = (entries: DigestEntry[], messages: Messages): string =>
  [messages.digestHeading(entries.length), '', ...entries.map(digestLine)].join('\n');

/** `№12 · 2025-11-08 12:00 UTC · новый · operator · what happened` */
export const digestLine = ({ id, created_at, status, source, text }: DigestEntry): string =>
  `№${id} · ${utcMinute(created_at)} · ${status} · ${source} · ${text}`;
