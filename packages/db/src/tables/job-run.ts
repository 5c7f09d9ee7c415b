import type { ColumnType } from 'kysely';

/** A finished run of a job, remembered for a day. */
export interface JobRunTable {
  job_id: number;
  task: string;
  /** Counted by the queue from 1; a job that was retried counts anew. */
  attempt: number;
  /** Null when it did not fail. */
  error: string | null;
  /** The worker pool that ran it. */
  pool_id: string;
  /** What it worked on; null when it is not remembered. */
  payload: unknown;
  started_at: ColumnType<Date, never, never>;
  finished_at: ColumnType<Date, never, never>;
}
