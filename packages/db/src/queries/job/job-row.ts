import { type RawBuilder, sql } from 'kysely';
import { HEARTBEAT_TASKS } from '../../lease.ts';
import { isoTime } from '../iso-time.ts';
import { secondsSince } from '../seconds-since.ts';

export type QueuedState = 'waiting' | 'scheduled' | 'running' | 'failed';

/** A job of the queue as it leaves the database; times are ISO 8601 in UTC. */
export interface JobRow {
  id: number;
  task: string;
  state: QueuedState;
  attempts: number;
  max_attempts: number;
  /** Since it became due; of a scheduled one since it was queued. */
  age_seconds: number;
  /** The value in the payload, of any type; null without one. */
  incident_id: unknown;
  last_error: string | null;
  pool_id: string | null;
  worker: string | null;
  run_at: string;
  created_at: string;
}

/** Where a job of the queue's table or view with the alias `jobs` stands. */
export const jobState: RawBuilder<QueuedState> = sql`
  case when jobs.locked_at is not null then 'running'
    when jobs.attempts >= jobs.max_attempts then 'failed'
    when jobs.run_at > now() then 'scheduled'
    else 'waiting' end`;

export const jobAge: RawBuilder<number> = secondsSince(
  sql`case when jobs.run_at <= now() then greatest(jobs.created_at, jobs.run_at) else jobs.created_at end`,
);

/** The columns of `JobRow`, but for `incident_id`, of the queue's view `jobs`, joined with `worker_pools` as `pools`. */
export const jobColumns = sql`
  jobs.id, jobs.task_identifier as task, ${jobState} as state, jobs.attempts, jobs.max_attempts,
  ${jobAge} as age_seconds, jobs.last_error, jobs.locked_by as pool_id, pools.name as worker,
  ${isoTime('jobs.run_at')} as run_at, ${isoTime('jobs.created_at')} as created_at`;

export const isNoHeartbeat = sql`jobs.task_identifier not like ${sql.lit(HEARTBEAT_TASKS)}`;
