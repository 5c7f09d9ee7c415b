import type { NotifiedEvent } from '../engine/channel.ts';
import { toOneLine } from './to-one-line.ts';

export function getStatusChange({
  changes,
}: Pick<NotifiedEvent, 'changes'>): { from: string; to: string } | undefined {
  const { status } = changes;
  return status && { from: toOneLine(status.from), to: toOneLine(status.to) };
}
