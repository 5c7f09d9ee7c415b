import { type Kysely, sql } from 'kysely';
import { toHeartbeatTask } from '../../lease.ts';
import type { Database } from '../../tables/database.ts';
import type { JobSpec } from '../job/job-spec.ts';
import { jobRows, queueJobs } from '../job/queue-jobs.ts';

/** Queues the next heartbeat job of a worker pool, before all other jobs. At most one waits. */
export async function queueHeartbeat(db: Kysely<Database>, slot: number): Promise<void> {
  const job: JobSpec = {
    identifier: toHeartbeatTask(slot),
    payload: {},
    // More than one: an interrupted run must not leave a failed job behind each time.
    max_attempts: 5,
    priority: -1_000,
    job_key: toHeartbeatTask(slot),
  };
  await queueJobs(sql`select job, '{}'::jsonb as ids from ${jobRows([job])}`).execute(db);
}
