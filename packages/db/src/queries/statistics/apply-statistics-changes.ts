import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

/** Changes that one statement adds up: enough for any burst, few enough for a short transaction. */
export const MAX_CHANGES = 10_000;

export interface AppliedChanges {
  taken: number;
  /** Those of them that count for no day: a `created_at` that was set to `infinity` by hand. */
  undated: number;
}

/** Counts and deletes changes in one statement. Callers share them out, and lock the figures in one order. */
export async function applyStatisticsChanges(db: Kysely<Database>): Promise<AppliedChanges> {
  const { rows } = await sql<AppliedChanges>`
    with taken as (
      delete from incident_statistics_changes where id in (
        select id from incident_statistics_changes order by id limit ${sql.lit(MAX_CHANGES)} for update skip locked
      )
      returning status, source, day, incidents
    ), added as (
      insert into incident_statistics as figure (dimension, value, incidents)
      select dimension, value, sum(incidents)
      from taken cross join lateral (values
        ('status', status),
        ('source', source),
        ('day', to_char(day, 'YYYY-MM-DD'))
      ) as counted (dimension, value)
      -- What PostgreSQL cannot format is null here; one such change must not hold up the others.
      where value is not null
      group by dimension, value
      having sum(incidents) <> 0
      order by dimension, value
      on conflict (dimension, value) do update
      set incidents = figure.incidents + excluded.incidents, updated_at = now()
    )
    select count(*) as taken, count(*) filter (where not isfinite(day)) as undated from taken`.execute(db);
  return rows[0] ?? { taken: 0, undated: 0 };
}
