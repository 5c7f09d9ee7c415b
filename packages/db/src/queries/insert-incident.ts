import { type Kysely, sql } from 'kysely';
import { compileOnce } from '../compile-once.ts';
import type { Database } from '../tables/database.ts';
import type { IncidentRow } from './incident-row.ts';
import { isoTime } from './iso-time.ts';
import { type EventJobSpec, queueEventJobs } from './job-spec.ts';

export type NewIncident = Pick<IncidentRow, 'text' | 'description' | 'status' | 'source'>;

/** What is written beside a change of an incident. */
export interface Cause {
  actor: string;
  requestId: string;
}

/** An incident to store, and why. */
export interface IncidentInsert {
  incident: NewIncident;
  cause: Cause;
}

/**
 * Stores incidents, the first line of each one's history and its jobs in one statement: either all of it is
 * committed or nothing.
 * @param jobs of each incident; their payloads are `incident_id`, `event_id` and `request_id`
 * @returns the incidents in the order of `inserts`
 */
export async function insertIncidents(
  db: Kysely<Database>,
  inserts: IncidentInsert[],
  jobs: EventJobSpec[],
): Promise<IncidentRow[]> {
  const input = inserts.map(({ incident: { text, description, status, source }, cause }) => ({
    text,
    description,
    status,
    source,
    actor: cause.actor,
    request_id: cause.requestId,
  }));
  const { rows } = await insertStatement(db, JSON.stringify(input), JSON.stringify(jobs));
  if (rows.length !== inserts.length) throw new Error('the insert of incidents returned too few rows');
  return rows;
}

/** The same for one incident. */
export async function insertIncident(
  db: Kysely<Database>,
  incident: NewIncident,
  cause: Cause,
  jobs: EventJobSpec[],
): Promise<IncidentRow> {
  const [row] = await insertIncidents(db, [{ incident, cause }], jobs);
  return row as IncidentRow;
}

// The ids are taken first, in the order of the input: RETURNING names no column of the input.
const insertStatement = compileOnce(
  (input: string, jobs: string) => sql<IncidentRow>`
    with input as materialized (
      select nextval((select pg_get_serial_sequence('incidents', 'id'))::regclass) as id, entry.*
      from json_to_recordset(${input}::json)
        as entry (text text, description text, status text, source text, actor text, request_id text)
    ), incident as (
      insert into incidents (id, text, description, status, source)
      select id, text, description, status, source from input
      returning id, text, description, status, source, created_at
    ), event as (
      insert into incident_events (incident_id, kind, actor, request_id)
      select id, 'created', actor, request_id from input order by id
      returning id, incident_id, request_id
    ), queued as (${queueEventJobs(jobs)})
    select incident.id, incident.text, incident.description, incident.status, incident.source,
      ${isoTime('incident.created_at')} as created_at
    from incident, queued order by incident.id`,
);
