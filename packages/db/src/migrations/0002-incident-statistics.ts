import { type Kysely, sql } from 'kysely';

/**
 * The figures behind `GET /statistics`, kept by increments.
 *
 * A trigger, not each query, writes the changes: each change of `incidents` (by a verb, by psql, or
 * by the legacy service during a switch-over) is counted, and a statement that stores many incidents
 * writes one row per distinct status, source and day.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table incident_statistics (
      dimension text not null,
      value text not null,
      incidents bigint not null,
      updated_at timestamptz(3) not null default now(),
      primary key (dimension, value)
    )`.execute(db);
  await sql`
    create table incident_statistics_changes (
      id bigint generated always as identity primary key,
      status text not null,
      source text not null,
      day date not null,
      incidents bigint not null
    )`.execute(db);
  await sql`
    create function record_incident_statistics_changes() returns trigger language plpgsql as $$
    begin
      if tg_op = 'INSERT' then
        insert into incident_statistics_changes (status, source, day, incidents)
        select status, source, (created_at at time zone 'UTC')::date, count(*)
        from added group by 1, 2, 3;
      elsif tg_op = 'DELETE' then
        insert into incident_statistics_changes (status, source, day, incidents)
        select status, source, (created_at at time zone 'UTC')::date, -count(*)
        from removed group by 1, 2, 3;
      elsif tg_op = 'UPDATE' then
        insert into incident_statistics_changes (status, source, day, incidents)
        select status, source, (created_at at time zone 'UTC')::date, sum(incidents)
        from (
          select status, source, created_at, 1 as incidents from added
          union all
          select status, source, created_at, -1 from removed
        ) as moved
        group by 1, 2, 3 having sum(incidents) <> 0;
      else
        delete from incident_statistics_changes;
        delete from incident_statistics;
      end if;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger incident_statistics_insert after insert on incidents
    referencing new table as added
    for each statement execute function record_incident_statistics_changes()`.execute(db);
  await sql`
    create trigger incident_statistics_delete after delete on incidents
    referencing old table as removed
    for each statement execute function record_incident_statistics_changes()`.execute(db);
  await sql`
    create trigger incident_statistics_update after update on incidents
    referencing old table as removed new table as added
    for each statement execute function record_incident_statistics_changes()`.execute(db);
  await sql`
    create trigger incident_statistics_truncate after truncate on incidents
    for each statement execute function record_incident_statistics_changes()`.execute(db);

  // Incidents that were here before: counted once, now.
  await sql`
    insert into incident_statistics (dimension, value, incidents)
    select 'status', status, count(*) from incidents group by status
    union all
    select 'source', source, count(*) from incidents group by source
    union all
    select 'day', to_char(created_at at time zone 'UTC', 'YYYY-MM-DD'), count(*) from incidents
    where isfinite(created_at) group by 2`.execute(db);
}
