import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { type JobSpec, jobRows, queueJobs } from './job-spec.ts';

/** Queues one job by itself, to run in `seconds` by the database's clock. */
export async function queueJob(db: Kysely<Database>, job: JobSpec, seconds: number): Promise<void> {
  await queueJobs(
    sql`
    select job || jsonb_build_object('run_at', now() + make_interval(secs => ${seconds})) as job, '{}'::jsonb as ids
    from ${jobRows([job])}`,
    { keepRunAt: true },
  ).execute(db);
}
