import { isoTime } from '../iso-time.ts';

export interface IncidentRow {
  id: number;
  text: string;
  description: string;
  status: string;
  source: string;
  /** ISO 8601 in UTC with milliseconds, formatted by PostgreSQL: `2025-11-08T12:00:00.000Z`. */
  created_at: string;
}

export const incidentColumns = [
  'incidents.id',
  'incidents.text',
  'incidents.description',
  'incidents.status',
  'incidents.source',
  isoTime('incidents.created_at').as('created_at'),
] as const;
