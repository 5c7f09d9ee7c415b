import type { Kysely } from 'kysely';
import type { Database } from '../../tables/database.ts';
import type { EventRow } from './event-row.ts';

export async function findEventChanges(
  db: Kysely<Database>,
  eventId: number,
): Promise<EventRow['changes'] | undefined> {
  const event = await db
    .selectFrom('incident_events')
    .select('changes')
    .where('id', '=', eventId)
    .executeTakeFirst();
  return event?.changes;
}
