import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { type JobSpec, jobRows, queueJobs } from './job-spec.ts';

/**
 * Queues the job of a delivery that was not claimed and waits, for its time, in a second at the earliest: neither a
 * clock that was set back nor a lease that ran out for a moment may leave it without one. Does nothing for any other.
 * With a key in `job` one such job waits, however often this is called.
 */
export async function requeueDelivery(db: Kysely<Database>, id: number, job: JobSpec): Promise<void> {
  await queueJobs(sql`
    select job || jsonb_build_object('run_at', greatest(next_attempt_at, now() + interval '1 second')) as job,
      '{}'::jsonb as ids
    from deliveries, ${jobRows([job])}
    where deliveries.id = ${id} and state in ('pending', 'sending') and next_attempt_at is not null
      and exists (select from incident_events where incident_events.id = deliveries.event_id)`).execute(db);
}
