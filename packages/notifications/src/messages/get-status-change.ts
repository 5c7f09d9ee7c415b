import type { NotifiedEvent, ValueChange } from '../engine/channel.ts';
import { toOneLine } from './to-one-line.ts';

export function getStatusChange({ changes }: Pick<NotifiedEvent, 'changes'>): ValueChange | undefined {
  const { status } = changes;
  return status && { from: toOneLine(status.from), to: toOneLine(status.to) };
}
