import type { IncidentNotice } from '../engine/channel.ts';
import { getSeverityChange } from './get-severity-change.ts';
import { getStatusChange } from './get-status-change.ts';
import type { Messages } from './messages.ts';

export function formatHeading(
  { incident, event }: Pick<IncidentNotice, 'incident' | 'event'>,
  messages: Messages,
): string {
  if (event.kind === 'created') return messages.newTitle(incident);
  if (event.kind === 'escalated') return messages.escalatedTitle(incident);
  if (event.kind === 'occurred_again') return messages.repeatedTitle(incident);
  const change = getStatusChange(event) ?? getSeverityChange(event, messages);
  return change === undefined
    ? messages.title(incident)
    : `${messages.title(incident)}: ${change.from} → ${change.to}`;
}
