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

/** An event whose changes are null where they are too large for a page: see `findEventChanges`. */
export type ListedEventRow = Omit<EventRow, 'changes'> & { changes: EventRow['changes'] | null };

/** Bytes of changes that a page holds of one event; of those that PostgreSQL has compressed none. */
const MAX_LISTED_CHANGES = 4 * 1_024;

/** The history of an incident from its beginning on. */
export async function listEvents(
  db: Kysely<Database>,
  incidentId: number,
  page: { skip: number; limit: number },
): Promise<ListedEventRow[]> {
  // A value that is not compressed has its size, which is known without reading it.
  const { rows } = await sql<ListedEventRow>`
    select id, incident_id, kind, actor, request_id,
      case when pg_column_compression(changes) is null
          and pg_column_size(changes) <= ${sql.lit(MAX_LISTED_CHANGES)}
        then changes end as changes,
      ${isoTime('at')} as at
    from incident_events where incident_id = ${incidentId}
    order by id limit ${page.limit} offset ${page.skip}`.execute(db);
  return rows;
}

/** @returns what an event changed, or undefined when there is none with this id */
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
