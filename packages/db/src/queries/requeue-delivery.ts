import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { type JobSpec, jobRows, queueJobs } from './job-spec.ts';

/**
 * Queues the job of a delivery that is not due yet for its time: a clock that was set back must not leave it without
 * one. Does nothing for any other delivery. However often it is called, one such job waits.
 */
export async function requeueDelivery(db: Kysely<Database>, id: number, job: JobSpec): Promise<void> {
  await queueJobs(sql`
    select job || jsonb_build_object('job_key', 'delivery:' || deliveries.id, 'run_at', next_attempt_at) as job,
      '{}'::jsonb as ids
    from deliveries, ${jobRows([job])}
    where deliveries.id = ${id} and state = 'pending' and next_attempt_at > now()`).execute(db);
}
