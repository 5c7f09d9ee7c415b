import type { NotifiedEvent } from '../engine/channel.ts';
import { oneLine } from './one-line.ts';

/** The change of status of an event, each status as one line; undefined when the event changed none. */
export function statusChange({
  changes,
}: Pick<NotifiedEvent, 'changes'>): { from: string; to: string } | undefined {
  const { status } = changes;
  return status && { from: oneLine(status.from), to: oneLine(status.to) };
}
