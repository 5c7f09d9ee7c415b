import type { IncidentNotice } from '../engine/channel.ts';
import { getStatusChange } from './get-status-change.ts';
import type { Messages } from './messages.ts';

export function formatHeading(
  { incident, event }: Pick<IncidentNotice, 'incident' | 'event'>,
  messages: Messages,
): string {
  if (event.kind === 'created') return messages.newTitle(incident);
  const change = getStatusChange(event);
  return change === undefined
    ? messages.title(incident)
    : `${messages.title(incident)}: ${change.from} → ${change.to}`;
}
