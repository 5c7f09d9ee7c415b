import type { NotifiedIncident } from '../channel.ts';

/** Fields of an incident whose reporter did not give them. */
export const unreportedFields: Pick<NotifiedIncident, 'severity' | 'bot' | 'assignee' | 'occurrences'> = {
  severity: 'error',
  bot: null,
  assignee: null,
  occurrences: 1,
};
