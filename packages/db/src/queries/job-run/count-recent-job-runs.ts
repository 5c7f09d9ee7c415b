import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

export interface RunCount {
  task: string;
  runs: number;
  failed: number;
  /** Seconds since the first of them ended. */
  oldest_age_seconds: number;
}

/** Counts the runs of the last hour by task: all of them, or the last `cap`. */
export const countRecentJobRuns = (db: Kysely<Database>, cap: number): Promise<RunCount[]> =>
  db
    .selectFrom((eb) =>
      eb
        .selectFrom('job_runs')
        .select(['task', sql<boolean>`error is not null`.as('failed'), 'finished_at'])
        .where('finished_at', '>', sql<Date>`now() - interval '1 hour'`)
        .orderBy('finished_at', 'desc')
        .limit(cap)
        .as('recent'),
    )
    .select(({ fn }) => [
      'task',
      fn.countAll<number>().as('runs'),
      fn.countAll<number>().filterWhere('failed', '=', true).as('failed'),
      sql<number>`extract(epoch from now() - min(finished_at))::float8`.as('oldest_age_seconds'),
    ])
    .groupBy('task')
    .orderBy('task')
    .execute();
