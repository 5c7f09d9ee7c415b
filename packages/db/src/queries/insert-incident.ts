import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { formattedCreatedAt, type IncidentRow } from './incident-row.ts';
import { addJobs, type JobSpec } from './job-spec.ts';

export type NewIncident = Pick<IncidentRow, 'text' | 'description' | 'status' | 'source'>;

/** Stores an incident and queues its jobs in one statement: either all of it is committed or nothing. */
export async function insertIncident(
  db: Kysely<Database>,
  incident: NewIncident,
  jobs: JobSpec[],
): Promise<IncidentRow> {
  const { rows } = await sql<IncidentRow>`
    with incident as (
      insert into incidents (text, description, status, source)
      values (${incident.text}, ${incident.description}, ${incident.status}, ${incident.source})
      returning id, text, description, status, source, created_at
    ), queued as (
      select count(*) from incident, ${addJobs('incident', jobs)}
    )
    select incident.id, incident.text, incident.description, incident.status, incident.source,
      ${formattedCreatedAt('incident')} as created_at
    from incident, queued`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('the insert of an incident returned no row');
  return row;
}
