import type { NotifiedIncident } from '../engine/channel.ts';
import { describeSeverity } from './describe-severity.ts';
import type { Wording } from './wording.ts';

/** Labels and values that a message shows after the status. */
export function listFields(
  { severity, source, bot, assignee, occurrences, created_at }: NotifiedIncident,
  { messages, formatTime }: Wording,
): [label: string, value: string][] {
  const { labels } = messages;
  return [
    [labels.severity, describeSeverity(severity, messages)],
    [labels.source, source],
    ...(bot === null ? [] : [[labels.bot, `@${bot}`] satisfies [string, string]]),
    ...(assignee === null ? [] : [[labels.assignee, assignee] satisfies [string, string]]),
    ...(occurrences > 1 ? [[labels.occurrences, String(occurrences)] satisfies [string, string]] : []),
    [labels.created, formatTime(created_at)],
  ];
}
