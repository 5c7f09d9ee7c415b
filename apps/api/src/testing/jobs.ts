import { insertJobRuns, type NewJobRun } from '@incidents/db/queries/job-run/insert-job-runs';
import type { TestDatabase } from '@incidents/testing/postgres/test-database';

/** By default waiting, and due now. */
export interface SomeJob {
  task?: string;
  payload?: unknown;
  attempts?: number;
  max_attempts?: number;
  last_error?: string;
  /** Seconds from now. */
  due_in?: number;
  /** Seconds. */
  queued_ago?: number;
  locked_by?: string;
}

/** Inserts jobs, runs and worker pools in states that only a worker causes. */
export const jobsIn = (database: TestDatabase) => ({
  async insert(job: SomeJob = {}): Promise<number> {
    const { rows } = await database.db.pool.query<{ id: number }>(
      `select id from graphile_worker.add_job($1, $2::json, max_attempts => $3::int)`,
      [job.task ?? 'send_email_notification', JSON.stringify(job.payload ?? {}), job.max_attempts ?? 25],
    );
    const [inserted] = rows;
    if (inserted === undefined) throw new Error('add_job returned no job');
    await database.db.pool.query(
      `update graphile_worker._private_jobs set attempts = $2, last_error = $3,
         run_at = now() + make_interval(secs => $4), created_at = now() - make_interval(secs => $5),
         locked_by = $6::text, locked_at = case when $6::text is not null then now() end
       where id = $1`,
      [
        inserted.id,
        job.attempts ?? 0,
        job.last_error ?? null,
        job.due_in ?? 0,
        job.queued_ago ?? 0,
        job.locked_by ?? null,
      ],
    );
    return inserted.id;
  },

  insertFailed(job: SomeJob = {}): Promise<number> {
    return this.insert({ attempts: 25, last_error: 'the mail server is busy', ...job });
  },

  async insertPool(slot: number, poolId: string, silentFor = 0): Promise<void> {
    await database.db.pool.query(
      `insert into worker_pools (slot, pool_id, name, concurrency, tasks, heartbeat_at)
       values ($1, $2, $3, 50, '{send_email_notification,send_telegram_notification}', now() - make_interval(secs => $4))`,
      [slot, poolId, `host:${slot}`, silentFor],
    );
  },

  /** By default a run of `send_email_notification` by pool-1 that took a second. */
  recordRun(run: Partial<NewJobRun> & Pick<NewJobRun, 'jobId'>): Promise<void> {
    return insertJobRuns(database.db.kysely, [
      {
        task: 'send_email_notification',
        attempt: 1,
        error: null,
        poolId: 'pool-1',
        durationMs: 1_000,
        ageMs: 0,
        payload: null,
        ...run,
      },
    ]);
  },

  async clear(): Promise<void> {
    await database.db.pool.query(
      'truncate graphile_worker._private_jobs, job_runs, worker_pools, deliveries restart identity',
    );
  },

  async ids(): Promise<number[]> {
    const { rows } = await database.db.pool.query<{ id: number }>(
      'select id from graphile_worker.jobs order by id',
    );
    return rows.map(({ id }) => id);
  },
});
