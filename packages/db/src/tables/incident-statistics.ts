import type { ColumnType, Generated } from 'kysely';

/** The figures that are read: how many incidents there are of one value in one dimension. */
export interface IncidentStatisticsTable {
  dimension: 'status' | 'source' | 'day';
  /** A status, a source, or a UTC day as `YYYY-MM-DD`. */
  value: string;
  incidents: number;
  updated_at: ColumnType<Date, never, never>;
}

/**
 * What has changed since the figures were last brought up to date: written by a trigger with every change
 * of `incidents`, deleted by the statement that adds it up. Appending makes no writer wait for another.
 */
export interface IncidentStatisticsChangeTable {
  id: Generated<number>;
  status: string;
  source: string;
  /** UTC day. */
  day: ColumnType<Date, never, never>;
  /** How many more (or, below zero, fewer) incidents of this status, source and day there are. */
  incidents: number;
}
