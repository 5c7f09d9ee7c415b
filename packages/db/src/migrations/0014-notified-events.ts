import { type Kysely, sql } from 'kysely';

/** At most one event `notified` per event and channel. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table incident_events add column notified_event_id bigint`.execute(db);
  await sql`
    create unique index incident_events_notified on incident_events (notified_event_id, comment)
    where kind = 'notified'`.execute(db);
}
