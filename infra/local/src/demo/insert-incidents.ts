import type { Db } from '@incidents/db/client';
import {
  applyStatisticsChanges,
  MAX_CHANGES,
} from '@incidents/db/queries/statistics/apply-statistics-changes';
import type { DemoIncident } from './make-incidents.ts';

type Client = Pick<Db['pool'], 'query'>;

/** Rows per statement. */
const BATCH = 500;

export interface Inserted {
  incidents: number;
  events: number;
  deliveries: number;
}

/**
 * Stores incidents, then all events and all deliveries in the order of their times. Queues no jobs.
 * @param report called after each statement with the number of rows so far and of all
 */
export async function insertIncidents(
  client: Client,
  incidents: DemoIncident[],
  report: (stored: number, total: number) => void,
): Promise<Inserted> {
  const events = incidents.flatMap((incident) => incident.events);
  const deliveries = events.flatMap((event) => event.deliveries);
  const total = incidents.length + events.length + deliveries.length;
  let stored = 0;
  const insert = async (table: string, rows: object[]): Promise<number[]> => {
    const ids: number[] = [];
    for (let start = 0; start < rows.length; start += BATCH) {
      const batch = rows.slice(start, start + BATCH);
      ids.push(...(await insertRows(client, table, batch)));
      stored += batch.length;
      report(stored, total);
    }
    return ids;
  };

  const incidentIds = await insert(
    'incidents',
    incidents.map(({ row }) => row),
  );
  const eventEntries = incidents
    .flatMap((incident, index) =>
      incident.events.map((event) => ({ event, incident_id: incidentIds[index] })),
    )
    .sort((a, b) => compareTexts(a.event.at, b.event.at));
  const eventIds = await insert(
    'incident_events',
    eventEntries.map(({ event: { deliveries: _, ...row }, incident_id }) => ({ ...row, incident_id })),
  );
  const deliveryRows = eventEntries
    .flatMap(({ event, incident_id }, index) =>
      event.deliveries.map((delivery) => ({ ...delivery, incident_id, event_id: eventIds[index] })),
    )
    .sort((a, b) => compareTexts(a.created_at, b.created_at));
  await insert('deliveries', deliveryRows);
  await deleteIncidents(client, incidents, incidentIds);
  return { incidents: incidents.length, events: events.length, deliveries: deliveries.length };
}

/** Moves them as the API does: their history stays. */
async function deleteIncidents(client: Client, incidents: DemoIncident[], ids: number[]): Promise<void> {
  const deleted = incidents.flatMap(({ deletedBy, events }, index) =>
    deletedBy === undefined ? [] : [{ id: ids[index], deleted_by: deletedBy, deleted_at: events.at(-1)?.at }],
  );
  await client.query(
    `with entry as materialized (
       select * from json_to_recordset($1) as entry (id bigint, deleted_by text, deleted_at timestamptz)
     ), gone as (
       delete from incidents where id in (select id from entry) returning *
     )
     insert into deleted_incidents (id, incident, deleted_by, deleted_at)
     select id, to_jsonb(gone), deleted_by, deleted_at from gone join entry using (id)`,
    [JSON.stringify(deleted)],
  );
}

/** Returns the ids in the order of the rows: identities rise in the order of the insert. */
async function insertRows(client: Client, table: string, rows: object[]): Promise<number[]> {
  const columns = Object.keys(rows[0] ?? {}).join(', ');
  const { rows: inserted } = await client.query<{ id: number }>(
    `insert into ${table} (${columns}) select ${columns}
     from json_array_elements($1::json) with ordinality as entry (value, position),
       json_populate_record(null::${table}, value)
     order by position returning id`,
    [JSON.stringify(rows)],
  );
  return inserted.map(({ id }) => id).sort((a, b) => a - b);
}

/** Adds the changes that the trigger recorded to the totals. A worker may take some of them. */
export async function updateStatistics(db: Db['kysely']): Promise<void> {
  while ((await applyStatisticsChanges(db)).taken === MAX_CHANGES);
}

const compareTexts = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
