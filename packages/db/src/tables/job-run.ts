import type { ColumnType } from 'kysely';

export interface JobRunTable {
  job_id: number;
  task: string;
  /** Counted by the queue from 1; a job that was retried counts anew. */
  attempt: number;
  error: string | null;
  pool_id: string;
  payload: unknown;
  started_at: ColumnType<Date, never, never>;
  finished_at: ColumnType<Date, never, never>;
}
