import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { type JobSpec, jobRows, queueJobs } from './job-spec.ts';

/** Queues one job by itself. */
export async function queueJob(db: Kysely<Database>, job: JobSpec): Promise<void> {
  await queueJobs(sql`select job, '{}'::jsonb as ids from ${jobRows([job])}`, { keepRunAt: true }).execute(
    db,
  );
}
