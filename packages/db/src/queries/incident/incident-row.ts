import { isoTime } from '../iso-time.ts';

/** An incident as it leaves the database. */
export interface IncidentRow {
  id: number;
  text: string;
  description: string;
  status: string;
  source: string;
  /** ISO 8601 in UTC with milliseconds, formatted by PostgreSQL: `2025-11-08T12:00:00.000Z`. */
  created_at: string;
}

/** The columns of `IncidentRow` of the table `incidents`. */
export const incidentColumns = [
  'incidents.id',
  'incidents.text',
  'incidents.description',
  'incidents.status',
  'incidents.source',
  isoTime('incidents.created_at').as('created_at'),
] as const;
