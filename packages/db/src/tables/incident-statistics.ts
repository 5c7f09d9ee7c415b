import type { ColumnType, Generated } from 'kysely';

export interface IncidentStatisticsTable {
  dimension: 'status' | 'source' | 'day';
  /** A status, a source, or a UTC day as `YYYY-MM-DD`. */
  value: string;
  incidents: number;
  updated_at: ColumnType<Date, never, never>;
}

/** Written by a trigger, deleted by the statement that adds it up. Appending makes no writer wait. */
export interface IncidentStatisticsChangeTable {
  id: Generated<number>;
  status: string;
  source: string;
  /** UTC day. */
  day: ColumnType<Date, never, never>;
  /** How many more (or, below zero, fewer) incidents of this status, source and day there are. */
  incidents: number;
}
