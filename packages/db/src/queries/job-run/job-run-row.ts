import { sql } from 'kysely';
import type { JobRunTable } from '../../tables/job-run.ts';
import { isoTime } from '../iso-time.ts';
import { secondsSince } from '../seconds-since.ts';

export const RUN_RETENTION = sql<string>`interval '1 day'`;

/** A run as it leaves the database; times are ISO 8601 in UTC. */
export interface JobRunRow
  extends Pick<JobRunTable, 'job_id' | 'task' | 'attempt' | 'error' | 'pool_id' | 'payload'> {
  /** The name of its worker pool; null for a pool without a row. */
  worker: string | null;
  age_seconds: number;
  started_at: string;
  finished_at: string;
}

/** The columns of `JobRunRow`, of `job_runs as runs` joined with `worker_pools as pools`. */
export const jobRunColumns = [
  'runs.job_id',
  'runs.task',
  'runs.attempt',
  'runs.error',
  'runs.pool_id',
  'runs.payload',
  'pools.name as worker',
  secondsSince(sql`runs.finished_at`).as('age_seconds'),
  isoTime('runs.started_at').as('started_at'),
  isoTime('runs.finished_at').as('finished_at'),
] as const;
