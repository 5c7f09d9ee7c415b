import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import type { IncidentRow } from './incident-row.ts';
import { isoTime } from './iso-time.ts';
import { type JobSpec, jobRows, queueJobs } from './job-spec.ts';

export type NewIncident = Pick<IncidentRow, 'text' | 'description' | 'status' | 'source'>;

/** What is written beside a change of an incident. */
export interface Cause {
  actor: string;
  requestId: string;
}

/**
 * Stores an incident, the first line of its history and its jobs in one statement: either all of it is
 * committed or nothing. The jobs' payloads get `incident_id` and `event_id`.
 */
export async function insertIncident(
  db: Kysely<Database>,
  incident: NewIncident,
  cause: Cause,
  jobs: JobSpec[],
): Promise<IncidentRow> {
  const { rows } = await sql<IncidentRow>`
    with incident as (
      insert into incidents (text, description, status, source)
      values (${incident.text}, ${incident.description}, ${incident.status}, ${incident.source})
      returning id, text, description, status, source, created_at
    ), event as (
      insert into incident_events (incident_id, kind, actor, request_id)
      select id, 'created', ${cause.actor}, ${cause.requestId} from incident
      returning id, incident_id
    ), queued as (${queueJobs(sql`
      select job, jsonb_build_object('incident_id', event.incident_id, 'event_id', event.id) as ids
      from event, ${jobRows(jobs)}`)}
    )
    select incident.id, incident.text, incident.description, incident.status, incident.source,
      ${isoTime('incident.created_at')} as created_at
    from incident, queued`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('the insert of an incident returned no row');
  return row;
}
