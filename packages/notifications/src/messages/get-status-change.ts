import type { NotifiedEvent } from '../engine/channel.ts';
import { toOneLine } from './to-one-line.ts';

/** The change of status of an event, each status on one line; undefined when there is none. */
export function getStatusChange({
  changes,
}: Pick<NotifiedEvent, 'changes'>): { from: string; to: string } | undefined {
  const { status } = changes;
  return status && { from: toOneLine(status.from), to: toOneLine(status.to) };
}
