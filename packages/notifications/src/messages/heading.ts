import type { IncidentNotice } from '../engine/channel.ts';
import type { Messages } from './messages.ts';
import { statusChange } from './status-change.ts';

/** First line of a message about an event: `Новый инцидент №12`, `Инцидент №12: новый → в работе`. */
export function heading(
  { incident, event }: Pick<IncidentNotice, 'incident' | 'event'>,
  messages: Messages,
): string {
  if (event.kind === 'created') return messages.newTitle(incident);
  const change = statusChange(event);
  return change === undefined
    ? messages.title(incident)
    : `${messages.title(incident)}: ${change.from} → ${change.to}`;
}
