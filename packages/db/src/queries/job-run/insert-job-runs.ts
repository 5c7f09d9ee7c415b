import { type Kysely, sql } from 'kysely';
import { HEARTBEAT_TASKS } from '../../lease.ts';
import type { Database } from '../../tables/database.ts';

/** A run that has ended, told without a clock: that of a worker may be wrong. */
export interface EndedRun {
  jobId: number;
  task: string;
  attempt: number;
  /** Null when it did not fail; storable. */
  error: string | null;
  poolId: string;
  /** As JSON that `jsonb` takes; null when it is not remembered. */
  payload: string | null;
  /** Milliseconds from its beginning to its end. */
  duration: number;
  /** Milliseconds since its end. */
  age: number;
}

/** Skips heartbeats. A run told again after a lost answer may be stored twice: its time counts back from now. */
export async function insertJobRuns(db: Kysely<Database>, runs: EndedRun[]): Promise<void> {
  const milliseconds = (column: string) => sql`${sql.ref(column)} * interval '1 millisecond'`;
  await sql`
    insert into job_runs (job_id, task, attempt, error, pool_id, payload, started_at, finished_at)
    select job_id, task, attempt, error, pool_id, payload::jsonb,
      now() - ${milliseconds('age')} - ${milliseconds('duration')}, now() - ${milliseconds('age')}
    from unnest(
      ${runs.map(({ jobId }) => jobId)}::bigint[], ${runs.map(({ task }) => task)}::text[],
      ${runs.map(({ attempt }) => attempt)}::integer[], ${runs.map(({ error }) => error)}::text[],
      ${runs.map(({ poolId }) => poolId)}::text[], ${runs.map(({ payload }) => payload)}::text[],
      ${runs.map(({ duration }) => duration)}::float8[],
      ${runs.map(({ age }) => age)}::float8[]
    ) as run (job_id, task, attempt, error, pool_id, payload, duration, age)
    where task not like ${sql.lit(HEARTBEAT_TASKS)}
    on conflict do nothing`.execute(db);
}
