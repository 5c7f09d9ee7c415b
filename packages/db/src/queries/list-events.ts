import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { isoTime } from './iso-time.ts';

/** One line of an incident's history. */
export interface EventRow {
  id: number;
  incident_id: number;
  kind: 'created' | 'updated';
  changes: Record<string, { from: string; to: string }>;
  actor: string;
  request_id: string;
  /** ISO 8601 in UTC with milliseconds. */
  at: string;
}

/** The history of an incident from its beginning on. */
export async function listEvents(
  db: Kysely<Database>,
  incidentId: number,
  page: { skip: number; limit: number },
): Promise<EventRow[]> {
  const { rows } = await sql<EventRow>`
    select id, incident_id, kind, changes, actor, request_id,
      ${isoTime('at')} as at
    from incident_events where incident_id = ${incidentId}
    order by id limit ${page.limit} offset ${page.skip}`.execute(db);
  return rows;
}

/** @returns what kind of event it is, or undefined when there is none with this id */
export async function findEventKind(
  db: Kysely<Database>,
  eventId: number,
): Promise<EventRow['kind'] | undefined> {
  const event = await db
    .selectFrom('incident_events')
    .select('kind')
    .where('id', '=', eventId)
    .executeTakeFirst();
  return event?.kind;
}
