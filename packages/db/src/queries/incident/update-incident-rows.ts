import { type Kysely, sql } from 'kysely';
import { compileOnce } from '../../compile-once.ts';
import type { Database } from '../../tables/database.ts';
import { isoTime } from '../iso-time.ts';
import type { EventJobSpec } from '../job/job-spec.ts';
import { queueEventJobs } from '../job/queue-jobs.ts';
import type { IncidentRow } from './incident-row.ts';
import type { Cause, NewIncident } from './insert-incident.ts';

/** A job that is queued when one of `fields` became another one. */
export type ChangeJobSpec = EventJobSpec & { fields: (keyof NewIncident)[] };

export interface IncidentUpdate {
  id: number;
  changes: Partial<NewIncident>;
  cause: Cause;
}

/**
 * Changes incidents, history and jobs in one statement. A field with an unchanged value writes nothing.
 * Undefined for an unknown or locked incident, so no update waits for another. Keeps the order of `updates`.
 * @param updates of different incidents
 * @param jobs their payloads are `incident_id`, `event_id` and `request_id`
 */
export async function updateIncidentRows(
  db: Kysely<Database>,
  updates: IncidentUpdate[],
  jobs: ChangeJobSpec[],
): Promise<(IncidentRow | undefined)[]> {
  return runUpdate(skipLocked, db, updates, jobs);
}

/** Waits for the lock and reads after it, so of two callers each sees the other's result. */
export async function updateIncidentRow(
  db: Kysely<Database>,
  id: number,
  changes: Partial<NewIncident>,
  cause: Cause,
  jobs: ChangeJobSpec[],
): Promise<IncidentRow | undefined> {
  const [row] = await runUpdate(waitForLock, db, [{ id, changes, cause }], jobs);
  return row;
}

async function runUpdate(
  statement: typeof skipLocked,
  db: Kysely<Database>,
  updates: IncidentUpdate[],
  jobs: ChangeJobSpec[],
): Promise<(IncidentRow | undefined)[]> {
  const input = updates.map(({ id, changes: { text, description, status, source }, cause }) => ({
    id,
    text,
    description,
    status,
    source,
    actor: cause.actor,
    request_id: cause.requestId,
  }));
  const ids = updates.map(({ id }) => id);
  const { rows } = await statement(db, ids, JSON.stringify(input), JSON.stringify(jobs));
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id));
}

// The ids stand in two conditions: with an array, the planner expects few rows and uses the index.
const compileUpdate = (onLocked: 'skip locked' | '') =>
  compileOnce(
    (ids: number[], input: string, jobs: string) => sql<IncidentRow>`
    with input as materialized (
      select * from json_to_recordset(${input}::json) as entry (
        id bigint, text text, description text, status text, source text, actor text, request_id text
      )
    ), before as materialized (
      select id, text, description, status, source, created_at from incidents
      where id = any(${ids}::bigint[]) for no key update ${sql.raw(onLocked)}
    ), after as materialized (
      select before.id, input.actor, input.request_id,
        coalesce(input.text, before.text) as text,
        coalesce(input.description, before.description) as description,
        coalesce(input.status, before.status) as status,
        coalesce(input.source, before.source) as source,
        before.created_at
      from before join input on input.id = before.id
    ), changed as materialized (
      select after.id, actor, request_id, jsonb_object_agg(name, jsonb_build_object('from', was, 'to', is_now)) as changes
      from before join after on after.id = before.id, lateral (values
        ('text', before.text, after.text),
        ('description', before.description, after.description),
        ('status', before.status, after.status),
        ('source', before.source, after.source)
      ) as field (name, was, is_now)
      where was <> is_now
      group by after.id, actor, request_id
    ), written as (
      update incidents set
        text = after.text, description = after.description, status = after.status, source = after.source
      from after join changed on changed.id = after.id
      where incidents.id = after.id and incidents.id = any(${ids}::bigint[])
    ), event as (
      insert into incident_events (incident_id, kind, changes, actor, request_id, at)
      -- Not now(), which is the time before the wait for the lock: the history would not be in order.
      select id, 'updated', changes, actor, request_id, clock_timestamp() from changed order by id
      returning id, incident_id, changes, request_id
    ), queued as (${queueEventJobs(jobs, sql`event.changes ?| job.fields`)})
    select after.id, after.text, after.description, after.status, after.source,
      ${isoTime('after.created_at')} as created_at
    from after, queued`,
  );

const skipLocked = compileUpdate('skip locked');
const waitForLock = compileUpdate('');
