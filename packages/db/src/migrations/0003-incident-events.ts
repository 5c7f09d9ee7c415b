import { type Kysely, sql } from 'kysely';

/**
 * The history of incidents. Without a foreign key: it outlives an incident that is deleted by hand, and
 * no create pays for the check.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table incident_events (
      id bigint generated always as identity primary key,
      incident_id bigint not null,
      kind text not null check (kind in ('created', 'updated')),
      changes jsonb not null default '{}',
      actor text not null,
      request_id text not null,
      at timestamptz(3) not null default now(),
      -- Ids are assigned before commit. A reader that continues after the last one compares transactions instead.
      transaction xid8 not null default pg_current_xact_id()
    )`.execute(db);
  await sql`create index incident_events_incident on incident_events (incident_id, id)`.execute(db);
}
