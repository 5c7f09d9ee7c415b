import { type Kysely, sql } from 'kysely';

/** What became of each run of a job: the queue itself forgets a job once it is done. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // The key serves requests for one job. A job ends once at a time, so it needs no number of its own.
  await sql`
    create table job_runs (
      job_id bigint not null,
      task text not null,
      attempt integer not null,
      error text,
      pool_id text not null,
      started_at timestamptz(3) not null,
      finished_at timestamptz(3) not null,
      primary key (job_id, finished_at)
    )`.execute(db);
  // For the figures of the last hour, the list of done jobs, and pruning.
  await sql`create index job_runs_finished on job_runs (finished_at, job_id)`.execute(db);
}
