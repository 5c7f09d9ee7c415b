import type { IncidentEventTable } from '../../tables/incident-event.ts';

export interface EventRow
  extends Pick<IncidentEventTable, 'incident_id' | 'kind' | 'changes' | 'comment' | 'actor' | 'request_id'> {
  id: number;
  /** ISO 8601 in UTC with milliseconds. */
  at: string;
}
