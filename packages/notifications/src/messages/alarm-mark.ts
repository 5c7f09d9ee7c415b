import type { NotifiedEvent, NotifiedIncident } from '../engine/channel.ts';

const ALARM = '🚨 ';

/** Whether the message stands out: a critical incident, or an escalation. */
export const isUrgent = (
  { severity }: Pick<NotifiedIncident, 'severity'>,
  event?: Pick<NotifiedEvent, 'kind'>,
): boolean => severity === 'critical' || event?.kind === 'escalated';

/** Precedes the heading of an urgent message; empty for others. */
export const alarmMark = (...message: Parameters<typeof isUrgent>): string =>
  isUrgent(...message) ? ALARM : '';
