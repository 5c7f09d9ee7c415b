import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import type { IncidentRow } from './incident-row.ts';
import type { Cause, NewIncident } from './insert-incident.ts';
import { isoTime } from './iso-time.ts';
import { type JobSpec, jobRows, queueJobs } from './job-spec.ts';

/** A job that is queued when one of `fields` became another one. */
export type ChangeJobSpec = JobSpec & { fields: (keyof NewIncident)[] };

/**
 * Changes the given fields of an incident, adds what became another one to its history and queues the jobs
 * that follow from it, all in one statement. Fields set to what they were leave no trace. The row is locked
 * before it is read, so of two callers each sees the other's result.
 * @returns the incident as it is now, or undefined when there is none with this id
 */
export async function updateIncident(
  db: Kysely<Database>,
  id: number,
  changes: Partial<NewIncident>,
  cause: Cause,
  jobs: ChangeJobSpec[],
): Promise<IncidentRow | undefined> {
  const { rows } = await sql<IncidentRow>`
    with before as (
      select id, text, description, status, source from incidents where id = ${id} for no key update
    ), incident as (
      update incidents set
        text = coalesce(${changes.text ?? null}, incidents.text),
        description = coalesce(${changes.description ?? null}, incidents.description),
        status = coalesce(${changes.status ?? null}, incidents.status),
        source = coalesce(${changes.source ?? null}, incidents.source)
      from before where incidents.id = before.id
      returning incidents.id, incidents.text, incidents.description, incidents.status, incidents.source,
        incidents.created_at
    ), changed as (
      select incident.id, jsonb_object_agg(name, jsonb_build_object('from', was, 'to', is_now)) as changes
      from before, incident, lateral (values
        ('text', before.text, incident.text),
        ('description', before.description, incident.description),
        ('status', before.status, incident.status),
        ('source', before.source, incident.source)
      ) as field (name, was, is_now)
      where was <> is_now
      group by incident.id
    ), event as (
      insert into incident_events (incident_id, kind, changes, actor, request_id, at)
      -- Not now(), which is the time before the wait for the lock: the history would not be in order.
      select id, 'updated', changes, ${cause.actor}, ${cause.requestId}, clock_timestamp() from changed
      returning id, incident_id, changes
    ), queued as (${queueJobs(sql`
      select job - 'fields' as job,
        jsonb_build_object('incident_id', event.incident_id, 'event_id', event.id) as ids
      from event, ${jobRows(jobs)}
      where event.changes ?| array(select jsonb_array_elements_text(job -> 'fields'))`)}
    )
    select incident.id, incident.text, incident.description, incident.status, incident.source,
      ${isoTime('incident.created_at')} as created_at
    from incident, queued`.execute(db);
  return rows[0];
}
