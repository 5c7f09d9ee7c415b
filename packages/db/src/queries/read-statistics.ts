import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';

export interface Statistics {
  by_status: Record<string, number>;
  by_source: Record<string, number>;
  /** The last 30 UTC days, oldest first, today last. */
  by_day: { date: string; incidents: number }[];
  /** When the figures last changed; ISO 8601 in UTC. */
  computed_at: string;
}

/** Reads the figures that `applyStatisticsChanges` keeps; a value without incidents is left out. */
export async function readStatistics(db: Kysely<Database>): Promise<Statistics> {
  const { rows } = await sql<Statistics>`
    select
      (select coalesce(json_object_agg(value, incidents order by incidents desc, value), '{}')
       from incident_statistics where dimension = 'status' and incidents > 0) as by_status,
      (select coalesce(json_object_agg(value, incidents order by incidents desc, value), '{}')
       from incident_statistics where dimension = 'source' and incidents > 0) as by_source,
      (select json_agg(json_build_object('date', day.value, 'incidents', coalesce(figure.incidents, 0))
         order by day.value)
       from (
         select to_char(today - back, 'YYYY-MM-DD') as value
         from (select (now() at time zone 'UTC')::date as today) as clock, generate_series(0, 29) as back
       ) as day
       left join incident_statistics as figure on figure.dimension = 'day' and figure.value = day.value
      ) as by_day,
      (select to_char(coalesce(max(updated_at), now()) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
       from incident_statistics) as computed_at`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('the statistics returned no row');
  return row;
}
