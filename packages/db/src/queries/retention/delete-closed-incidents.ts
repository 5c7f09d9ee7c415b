import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

/** The last closed incident that was looked at, by the order of `incidents_status_newest`. */
export interface ClosedPosition {
  created_at: string;
  id: number;
}

export const BEFORE_CLOSED: ClosedPosition = { created_at: '-infinity', id: 0 };

export interface DeletedBatch<Position> {
  ids: number[];
  /** Undefined when there are no more to look at. */
  next: Position | undefined;
}

/**
 * Looks at `limit` closed incidents behind `after` and deletes those that were closed more than `days` ago.
 * Locked ones are left alone. An incident closed before the upgrade has no `closed_at`.
 */
export async function deleteClosedIncidents(
  db: Kysely<Database>,
  { days, after, limit }: { days: number; after: ClosedPosition; limit: number },
): Promise<DeletedBatch<ClosedPosition>> {
  const isOld = sql`coalesce(closed_at, updated_at, created_at) < now() - make_interval(days => ${days}::int)`;
  const { rows } = await sql<ClosedPosition & { ids: number[] }>`
    with seen as materialized (
      select id, created_at, ${isOld} as is_old from incidents
      where status = 'закрыт' and created_at < now() - make_interval(days => ${days}::int)
        and (created_at, id) > (${after.created_at}::timestamptz, ${after.id}::bigint)
      order by created_at nulls first, id nulls first limit ${limit}
    ), old as materialized (
      -- Checked on the newest row: it may have been reopened.
      select id from incidents
      where id = any(array(select id from seen where is_old)) and status = 'закрыт' and ${isOld}
      for update skip locked
    ), removed as (
      delete from incidents where id = any(array(select id from old)) returning id
    )
    select created_at::text as created_at, id, (select coalesce(json_agg(id), '[]') from removed) as ids
    from seen order by seen.created_at desc, seen.id desc limit 1`.execute(db);
  const [last] = rows;
  return { ids: last?.ids ?? [], next: last && { created_at: last.created_at, id: last.id } };
}
