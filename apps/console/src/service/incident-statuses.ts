import type { IncidentStatus } from '@incidents/contracts';

/** The columns of the board, in their order. */
export const STATUSES = ['новый', 'в работе', 'закрыт'] as const satisfies IncidentStatus[];

export const isStatus = (value: unknown): value is IncidentStatus =>
  STATUSES.some((status) => status === value);
