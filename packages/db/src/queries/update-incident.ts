import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { formattedCreatedAt, type IncidentRow } from './incident-row.ts';
import type { NewIncident } from './insert-incident.ts';
import { addJobs, type JobSpec } from './job-spec.ts';

/**
 * Changes the given fields of an incident and, when its status or source became another one, queues `jobs`,
 * all in one statement. The row is locked before it is read, so of two callers each sees the other's result.
 * @returns the incident as it is now, or undefined when there is none with this id
 */
export async function updateIncident(
  db: Kysely<Database>,
  id: number,
  changes: Partial<NewIncident>,
  jobs: JobSpec[],
): Promise<IncidentRow | undefined> {
  const { rows } = await sql<IncidentRow>`
    with before as (
      select id, status, source from incidents where id = ${id} for no key update
    ), incident as (
      update incidents set
        text = coalesce(${changes.text ?? null}, incidents.text),
        description = coalesce(${changes.description ?? null}, incidents.description),
        status = coalesce(${changes.status ?? null}, incidents.status),
        source = coalesce(${changes.source ?? null}, incidents.source)
      from before where incidents.id = before.id
      returning incidents.id, incidents.text, incidents.description, incidents.status, incidents.source,
        incidents.created_at,
        (incidents.status, incidents.source) is distinct from (before.status, before.source) as recount
    ), recounted as (
      select id from incident where recount
    ), queued as (
      select count(*) from recounted, ${addJobs('recounted', jobs)}
    )
    select incident.id, incident.text, incident.description, incident.status, incident.source,
      ${formattedCreatedAt('incident')} as created_at
    from incident, queued`.execute(db);
  return rows[0];
}
