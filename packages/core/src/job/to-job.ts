import type { Job, JobRun } from '@incidents/contracts';
import type { JobRow } from '@incidents/db/queries/job/job-row';
import type { JobRunRow } from '@incidents/db/queries/job-run/job-run-row';

export const toJob = (row: JobRow): Job => ({
  id: row.id,
  task: row.task,
  state: row.state,
  attempts: row.attempts,
  max_attempts: row.max_attempts,
  age_seconds: row.age_seconds,
  incident_id: toIncidentId(row.incident_id),
  last_error: row.last_error,
  pool_id: row.pool_id,
  worker: row.worker,
  run_at: row.run_at,
  created_at: row.created_at,
  finished_at: null,
});

export const toDoneJob = (run: JobRunRow): Job => ({
  id: run.job_id,
  task: run.task,
  state: 'done',
  attempts: run.attempt,
  max_attempts: null,
  age_seconds: run.age_seconds,
  incident_id: toIncidentId(toObject(run.payload)?.incident_id),
  last_error: null,
  pool_id: run.pool_id,
  worker: run.worker,
  run_at: null,
  created_at: null,
  finished_at: run.finished_at,
});

/** A payload as the contract shows it. Every payload of ours is an object; any other value is not shown. */
export const toObject = (payload: unknown): Record<string, unknown> | null =>
  typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? { ...payload } : null;

/** Null for a value that no id is: a payload that was queued by hand can hold anything. */
const toIncidentId = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;

export const toJobRun = (run: JobRunRow): JobRun => ({
  attempt: run.attempt,
  error: run.error,
  pool_id: run.pool_id,
  started_at: run.started_at,
  finished_at: run.finished_at,
});
