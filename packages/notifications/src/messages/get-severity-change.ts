import type { NotifiedEvent, ValueChange } from '../engine/channel.ts';
import { describeSeverity } from './describe-severity.ts';
import type { Messages } from './messages.ts';
import { toOneLine } from './to-one-line.ts';

/** The change of the severity, in words. */
export function getSeverityChange(
  { changes }: Pick<NotifiedEvent, 'changes'>,
  messages: Messages,
): ValueChange | undefined {
  const { severity } = changes;
  const describe = (value: string) => toOneLine(describeSeverity(value, messages));
  return severity && { from: describe(severity.from), to: describe(severity.to) };
}
