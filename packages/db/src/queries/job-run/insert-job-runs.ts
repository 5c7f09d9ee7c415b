import { type Kysely, sql } from 'kysely';
import { HEARTBEAT_TASKS } from '../../lease.ts';
import type { Database } from '../../tables/database.ts';

/** A run that has ended. It has no times, because the clock of a worker may be wrong. */
export interface NewJobRun {
  jobId: number;
  task: string;
  attempt: number;
  /** Null when it did not fail; storable. */
  error: string | null;
  poolId: string;
  /** JSON that `jsonb` accepts; null when it is not recorded. */
  payload: string | null;
  durationMs: number;
  /** Time since its end. */
  ageMs: number;
}

/** Skips heartbeats. A run that is inserted again after a lost reply may be stored twice: its times then differ. */
export async function insertJobRuns(db: Kysely<Database>, runs: NewJobRun[]): Promise<void> {
  const milliseconds = (column: string) => sql`${sql.ref(column)} * interval '1 millisecond'`;
  await sql`
    insert into job_runs (job_id, task, attempt, error, pool_id, payload, started_at, finished_at)
    select job_id, task, attempt, error, pool_id, payload::jsonb,
      now() - ${milliseconds('age')} - ${milliseconds('duration')}, now() - ${milliseconds('age')}
    from unnest(
      ${runs.map(({ jobId }) => jobId)}::bigint[], ${runs.map(({ task }) => task)}::text[],
      ${runs.map(({ attempt }) => attempt)}::integer[], ${runs.map(({ error }) => error)}::text[],
      ${runs.map(({ poolId }) => poolId)}::text[], ${runs.map(({ payload }) => payload)}::text[],
      ${runs.map(({ durationMs }) => durationMs)}::float8[],
      ${runs.map(({ ageMs }) => ageMs)}::float8[]
    ) as run (job_id, task, attempt, error, pool_id, payload, duration, age)
    where task not like ${sql.lit(HEARTBEAT_TASKS)}
    on conflict do nothing`.execute(db);
}
