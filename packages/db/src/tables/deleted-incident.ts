import type { ColumnType } from 'kysely';

/** An incident that was deleted through the API. Its history stays in `incident_events`. */
export interface DeletedIncidentTable {
  id: number;
  /** The row of `incidents`. */
  incident: object;
  deleted_by: string;
  deleted_at: ColumnType<Date, never, never>;
}
