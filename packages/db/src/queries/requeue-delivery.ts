import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { type JobSpec, jobRows, queueJobs } from './job-spec.ts';

/**
 * Queues the job of a delivery that is not due yet for its time: a clock that was set back must not leave it without
 * one. Also for one that has become due since it was found not to be; does nothing for any other. With a key in
 * `job` one such job waits, however often this is called.
 */
export async function requeueDelivery(db: Kysely<Database>, id: number, job: JobSpec): Promise<void> {
  await queueJobs(sql`
    select job || jsonb_build_object('run_at', next_attempt_at) as job, '{}'::jsonb as ids
    from deliveries, ${jobRows([job])}
    where deliveries.id = ${id} and state = 'pending' and next_attempt_at > now() - interval '1 second'`).execute(
    db,
  );
}
