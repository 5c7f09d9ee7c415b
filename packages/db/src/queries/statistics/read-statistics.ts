import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import type { IncidentStatisticsTable } from '../../tables/incident-statistics.ts';
import { isoTime } from '../iso-time.ts';

/** Named statuses, and named sources. A reporter can invent sources. */
const MAX_NAMED = 50;

export interface Breakdown {
  /** Value → incidents, the most first. */
  named: Record<string, number>;
  other: number;
}

export interface Statistics {
  by_status: Breakdown;
  by_source: Breakdown;
  /** The last 30 UTC days, oldest first, today last. */
  by_day: { date: string; incidents: number }[];
  /** When the figures last changed; ISO 8601 in UTC. */
  computed_at: string;
}

/** Names `statuses` before any others. */
export async function readStatistics(db: Kysely<Database>, statuses: string[]): Promise<Statistics> {
  const { rows } = await sql<Statistics>`
    with figure as not materialized (
      select dimension, value, incidents from incident_statistics where incidents > 0
    ), whole as (
      select coalesce(sum(incidents) filter (where dimension = 'status' and incidents > 0), 0) as status,
        coalesce(sum(incidents) filter (where dimension = 'source' and incidents > 0), 0) as source,
        coalesce(max(updated_at), now()) as computed_at
      from incident_statistics
    )
    select
      ${breakdown('status', statuses)} as by_status,
      ${breakdown('source', [])} as by_source,
      (select json_agg(json_build_object('date', day.value, 'incidents', coalesce(figure.incidents, 0))
         order by day.value)
       from (
         select to_char(today - back, 'YYYY-MM-DD') as value
         from (select (now() at time zone 'UTC')::date as today) as clock, generate_series(0, 29) as back
       ) as day
       left join figure on figure.dimension = 'day' and figure.value = day.value
      ) as by_day,
      ${isoTime('whole.computed_at')} as computed_at
    from whole`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('the statistics returned no row');
  return row;
}

/** Ties are ordered by code point, which is the same in every database and quicker than a language's order. */
const breakdown = (dimension: IncidentStatisticsTable['dimension'], first: string[]) => sql`
  (select json_build_object(
     'named', coalesce(json_object_agg(value, incidents order by incidents desc, value collate "C"), '{}'),
     'other', whole.${sql.ref(dimension)} - coalesce(sum(incidents), 0))
   from (
     select value, incidents from figure where dimension = ${dimension}
     order by value = any(${first}::text[]) desc, incidents desc, value collate "C" limit ${MAX_NAMED}
   ) as largest)`;
