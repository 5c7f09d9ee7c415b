import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import type { TraceTable } from './traces.ts';

export interface Orphans {
  /** Incidents that are neither in `incidents` nor in `deleted_incidents`. */
  ids: number[];
  /** The last incident of the look; undefined behind the last row. */
  next: number | undefined;
}

/**
 * Looks at `limit` rows of a table, by the id of their incident, above `after`.
 * A lateral join with a limit stays one look at an index per incident.
 */
export async function findOrphans(
  db: Kysely<Database>,
  { table, after, limit }: { table: TraceTable; after: number; limit: number },
): Promise<Orphans> {
  const { rows } = await sql<{ ids: number[]; next: number | null }>`
    with seen as materialized (
      select distinct incident_id from (
        select incident_id from ${sql.table(table)} where incident_id > ${after}::bigint
        order by incident_id limit ${limit}
      ) as trace
    )
    select max(incident_id) as next,
      coalesce(json_agg(incident_id) filter (where incident.id is null and deleted.id is null), '[]') as ids
    from seen
    left join lateral (select id from incidents where id = seen.incident_id limit 1) as incident on true
    left join lateral (select id from deleted_incidents where id = seen.incident_id limit 1) as deleted on true
  `.execute(db);
  const [row] = rows;
  return { ids: row?.ids ?? [], next: row?.next ?? undefined };
}
