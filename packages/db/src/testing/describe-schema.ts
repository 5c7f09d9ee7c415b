import type { Db } from '../client.ts';

export async function describeSchema(db: Db): Promise<string[]> {
  const { rows } = await db.pool.query<{ line: string }>(`
    with ours as (
      select oid, relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
    )
    select format('column %s %s. %s %s%s%s%s', relname, attnum, attname, format_type(atttypid, atttypmod),
      case when attnotnull then ' not null' end,
      ' default ' || pg_get_expr(adbin, adrelid),
      case when attidentity <> '' then ' identity ' || attidentity::text end) as line
    from ours join pg_attribute on attrelid = ours.oid and attnum > 0 and not attisdropped
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    union all
    select format('constraint %s %s %s', relname, conname, pg_get_constraintdef(pg_constraint.oid))
    from ours join pg_constraint on conrelid = ours.oid
    union all
    select 'index ' || pg_get_indexdef(indexrelid) from ours join pg_index on indrelid = ours.oid
    union all
    select 'trigger ' || pg_get_triggerdef(pg_trigger.oid) from ours join pg_trigger on tgrelid = ours.oid
    where not tgisinternal
    union all
    select 'function ' || pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace
    union all
    select format('sequence %s %s start %s minimum %s maximum %s increment %s cycle %s owned by %s.%s',
      sequencename, data_type, start_value, min_value, max_value, increment_by, cycle,
      refobjid::regclass, refobjsubid)
    from pg_sequences left join pg_depend
      on classid = 'pg_class'::regclass and objid = format('%I.%I', schemaname, sequencename)::regclass
      and refclassid = 'pg_class'::regclass and deptype in ('a', 'i')
    where schemaname = 'public'
    union all
    select format('kysely_migration %s', name) from kysely_migration
    union all
    select format('queue revision %s', id) from graphile_worker.migrations
    order by 1`);
  return rows.map(({ line }) => line);
}
