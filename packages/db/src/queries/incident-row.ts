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
