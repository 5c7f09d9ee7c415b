import { type Kysely, sql } from 'kysely';

/**
 * Makes `incidents`, or takes over the table of the legacy service with its rows, ids and sequence:
 * the legacy shape is created where it is missing, and either is then brought to ours.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists incidents (
      id serial primary key,
      text varchar(1000) not null,
      description text not null,
      status varchar(50) not null,
      source varchar(100) not null,
      created_at timestamptz not null default now()
    )`.execute(db);

  const createdAt = await sql<{ type: string }>`
    select format_type(atttypid, null) as type from pg_attribute
    where attrelid = 'incidents'::regclass and attname = 'created_at'`.execute(db);
  // A naive time of the legacy service is UTC, independent of the session's time zone.
  const toTimestamptz =
    createdAt.rows[0]?.type === 'timestamp without time zone'
      ? sql`created_at at time zone 'UTC'`
      : sql`created_at`;

  // One statement, so that PostgreSQL rewrites an existing table once.
  await sql`
    alter table incidents
      alter column id type bigint,
      alter column status set default 'новый',
      alter column created_at drop default,
      alter column created_at type timestamptz(3) using coalesce(${toTimestamptz}, now()),
      alter column created_at set default now(),
      alter column created_at set not null`.execute(db);
  await sql`
    do $$
    declare
      sequence text := pg_get_serial_sequence('incidents', 'id');
    begin
      if sequence is null then
        -- Not made by "serial". Inserts find the sequence by the column that owns it.
        select refobjid::regclass into sequence
        from pg_attrdef join pg_depend on classid = 'pg_attrdef'::regclass and objid = pg_attrdef.oid
          join pg_class on pg_class.oid = refobjid and relkind = 'S'
        where adrelid = 'incidents'::regclass and refclassid = 'pg_class'::regclass;
        if sequence is null then
          raise exception 'the column id of the table incidents takes its values from no sequence';
        end if;
        execute format('alter sequence %s owned by incidents.id', sequence);
      end if;
      execute format('alter sequence %s as bigint', sequence);
    end $$`.execute(db);

  // The legacy service has an index on id beside the primary key.
  await sql`drop index if exists ix_incidents_id`.execute(db);
  await sql`create index incidents_newest on incidents (created_at desc, id desc)`.execute(db);
  // "nulls last" where nothing is null: only a query that says so too can be read in this order, see listIncidents.
  await sql`
    create index incidents_status_newest
    on incidents (status, created_at desc nulls last, id desc nulls last)`.execute(db);
}
