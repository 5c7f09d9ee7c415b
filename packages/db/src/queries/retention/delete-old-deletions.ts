import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import type { DeletedBatch } from './delete-closed-incidents.ts';

/** Looks at `limit` rows of `deleted_incidents` above the id `after` and removes those of more than `days` ago. */
export async function deleteOldDeletions(
  db: Kysely<Database>,
  { days, after, limit }: { days: number; after: number; limit: number },
): Promise<DeletedBatch<number>> {
  const { rows } = await sql<{ id: number; ids: number[] }>`
    with seen as materialized (
      select id, deleted_at < now() - make_interval(days => ${days}::int) as is_old from deleted_incidents
      where id > ${after}::bigint order by id limit ${limit}
    ), old as materialized (
      select id from deleted_incidents where id = any(array(select id from seen where is_old)) for update skip locked
    ), removed as (
      delete from deleted_incidents where id = any(array(select id from old)) returning id
    )
    select id, (select coalesce(json_agg(id), '[]') from removed) as ids
    from seen order by id desc limit 1`.execute(db);
  const [last] = rows;
  return { ids: last?.ids ?? [], next: last?.id };
}
