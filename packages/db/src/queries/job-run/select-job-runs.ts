import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { type JobRunRow, jobRunColumns, RUN_RETENTION } from './job-run-row.ts';

export const selectJobRuns = (db: Kysely<Database>, jobId: number, limit: number): Promise<JobRunRow[]> =>
  db
    .selectFrom('job_runs as runs')
    .leftJoin('worker_pools as pools', 'pools.pool_id', 'runs.pool_id')
    .select(jobRunColumns)
    .where('runs.job_id', '=', jobId)
    .where('runs.finished_at', '>', sql<Date>`now() - ${RUN_RETENTION}`)
    .orderBy('runs.finished_at', 'desc')
    .limit(limit)
    .execute();
