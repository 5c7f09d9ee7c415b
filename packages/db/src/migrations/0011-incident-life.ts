import { type Kysely, sql } from 'kysely';

/** Severity, people, repeated reports, escalation and versions of incidents; deleted incidents; idempotency keys. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Constant defaults and nullable columns: PostgreSQL rewrites no row.
  await sql`
    alter table incidents
      add column severity text not null default 'error',
      add column bot text,
      add column assignee text,
      add column labels jsonb not null default '{}',
      add column links jsonb not null default '[]',
      add column dedup_key text,
      add column occurrences bigint not null default 1,
      add column version bigint not null default 1,
      add column last_seen_at timestamptz(3),
      add column updated_at timestamptz(3),
      add column acknowledged_at timestamptz(3),
      add column closed_at timestamptz(3),
      add column escalates_at timestamptz(3),
      add column renotified_at timestamptz(3)`.execute(db);
  // "not valid": the rows that are there have the default.
  await sql`
    alter table incidents add constraint incidents_severity_check
      check (severity in ('critical', 'error', 'warning', 'info')) not valid`.execute(db);
  await sql`
    create index incidents_severity_newest
    on incidents (severity, created_at desc nulls last, id desc nulls last)`.execute(db);
  await sql`
    create index incidents_bot_newest
    on incidents (bot, created_at desc nulls last, id desc nulls last) where bot is not null`.execute(db);
  await sql`
    create index incidents_assignee_newest
    on incidents (assignee, created_at desc nulls last, id desc nulls last) where assignee is not null`.execute(
    db,
  );
  await sql`
    create unique index incidents_open_dedup_key on incidents (source, dedup_key)
    where dedup_key is not null and status <> 'закрыт'`.execute(db);
  await sql`
    create index incidents_escalates_at on incidents (escalates_at) where escalates_at is not null`.execute(
    db,
  );

  // A trigger, so that changes by psql and by the legacy service count too.
  await sql`
    create function track_incident_change() returns trigger language plpgsql as $$
    begin
      new.version := old.version + 1;
      new.updated_at := clock_timestamp();
      if new.status <> old.status then
        if old.status = 'закрыт' then
          new.closed_at := null;
          new.acknowledged_at := null;
        end if;
        if new.status = 'закрыт' then
          new.closed_at := new.updated_at;
        elsif new.status = 'в работе' then
          new.acknowledged_at := coalesce(new.acknowledged_at, new.updated_at);
        end if;
      end if;
      if new.status <> 'новый' then
        new.escalates_at := null;
      end if;
      return new;
    end $$`.execute(db);
  await sql`
    create trigger incident_change before update on incidents
    for each row execute function track_incident_change()`.execute(db);

  await sql`
    create table deleted_incidents (
      id bigint primary key,
      incident jsonb not null,
      deleted_by text not null,
      deleted_at timestamptz(3) not null default now()
    )`.execute(db);

  await sql`
    alter table incident_events
      add column comment text,
      drop constraint incident_events_kind_check,
      add constraint incident_events_kind_check check (kind in (
        'created', 'updated', 'commented', 'occurred_again', 'notified', 'escalated', 'deleted'
      )) not valid`.execute(db);

  await sql`
    create table idempotency_keys (
      actor text not null,
      key text not null,
      fingerprint text not null,
      status integer not null,
      reply json not null,
      created_at timestamptz(3) not null default now(),
      primary key (actor, key)
    )`.execute(db);
  await sql`create index idempotency_keys_created_at on idempotency_keys (created_at)`.execute(db);
}
