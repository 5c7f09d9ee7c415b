import type { IncidentEvent } from '@incidents/contracts';
import type { EventRow } from '@incidents/db/queries/incident-event/event-row';
import { findEventChanges } from '@incidents/db/queries/incident-event/find-event-changes';
import {
  type EventPage,
  type ListedEventRow,
  selectEvents,
} from '@incidents/db/queries/incident-event/select-events';
import type { Context } from '../context.ts';
import { getIncident } from './get-incident.ts';
import { toEvent } from './to-event.ts';

export interface EventListing {
  events: IncidentEvent[];
  /** The other events of the page, in batches that are read one by one; undefined when there are none. */
  rest: AsyncIterable<IncidentEvent[]> | undefined;
  /** The id of the last event, if others follow. */
  nextAfter: number | undefined;
}

/**
 * Batches begin at the first change of a large text: a hundred of them are too large for memory.
 * @throws IncidentNotFoundError
 */
export async function listEvents(
  context: Context,
  incidentId: number,
  query: EventPage,
): Promise<EventListing> {
  const [rows] = await Promise.all([
    selectEvents(context.db, incidentId, { ...query, limit: query.limit + 1 }),
    getIncident(context, incidentId),
  ]);
  const page = rows.slice(0, query.limit);
  const firstLarge = page.findIndex((row) => !hasChanges(row));
  const whole = (firstLarge === -1 ? page : page.slice(0, firstLarge)).filter(hasChanges);
  return {
    events: whole.map(toEvent),
    rest: firstLarge === -1 ? undefined : readRest(context.db, page.slice(firstLarge)),
    nextAfter: rows.length > query.limit ? page.at(-1)?.id : undefined,
  };
}

async function* readRest(db: Context['db'], rows: ListedEventRow[]): AsyncGenerator<IncidentEvent[]> {
  for (const row of rows) {
    const changes = row.changes ?? (await findEventChanges(db, row.id));
    if (changes !== undefined) yield [toEvent({ ...row, changes })];
  }
}

const hasChanges = (row: ListedEventRow): row is EventRow => row.changes !== null;
