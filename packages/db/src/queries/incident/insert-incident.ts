import { type Kysely, sql } from 'kysely';
import { compileOnce } from '../../compile-once.ts';
import type { Database } from '../../tables/database.ts';
import { isoTime } from '../iso-time.ts';
import type { EventJobSpec } from '../job/job-spec.ts';
import { queueEventJobs } from '../job/queue-jobs.ts';
import type { IncidentRow } from './incident-row.ts';

export type NewIncident = Pick<IncidentRow, 'text' | 'description' | 'status' | 'source'>;

export interface Cause {
  actor: string;
  requestId: string;
}

export interface IncidentInsert {
  incident: NewIncident;
  cause: Cause;
}

/**
 * Stores incidents, first events and jobs in one statement: all or nothing. Keeps the order of `inserts`.
 * @param jobs of each incident; their payloads are `incident_id`, `event_id` and `request_id`
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

export async function insertIncident(
  db: Kysely<Database>,
  incident: NewIncident,
  cause: Cause,
  jobs: EventJobSpec[],
): Promise<IncidentRow> {
  const [row] = await insertIncidents(db, [{ incident, cause }], jobs);
  return row as IncidentRow;
}

// RETURNING names no column of the input. Ids rise in the order of the insert, so the n-th id belongs to the n-th entry.
const insertStatement = compileOnce(
  (input: string, jobs: string) => sql<IncidentRow>`
    with input as materialized (
      select * from rows from (
        json_to_recordset(${input}::json)
          as (text text, description text, status text, source text, actor text, request_id text)
      ) with ordinality as entry (text, description, status, source, actor, request_id, position)
    ), incident as (
      insert into incidents (text, description, status, source)
      select text, description, status, source from input order by position
      returning id, text, description, status, source, created_at
    ), numbered as materialized (
      select *, row_number() over (order by id) as position from incident
    ), event as (
      insert into incident_events (incident_id, kind, actor, request_id)
      select numbered.id, 'created', actor, request_id from numbered join input using (position) order by numbered.id
      returning id, incident_id, request_id
    ), queued as (${queueEventJobs(jobs)})
    select numbered.id, numbered.text, numbered.description, numbered.status, numbered.source,
      ${isoTime('numbered.created_at')} as created_at
    from numbered, queued order by numbered.position`,
);
