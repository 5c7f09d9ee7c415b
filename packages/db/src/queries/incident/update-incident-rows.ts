import { sql } from 'kysely';
import { compileOnce } from '../../compile-once.ts';
import type { Connection } from '../../connection.ts';
import { expectFewRows } from '../expect-few-rows.ts';
import type { EventJobSpec } from '../job/job-spec.ts';
import { queueEventJobs } from '../job/queue-jobs.ts';
import { escalationTime } from './escalation-time.ts';
import { type IncidentRow, incidentJson } from './incident-row.ts';
import type { Cause, NewIncident, NotificationPolicy } from './new-incident.ts';

/** The fields that can change. */
export type IncidentChanges = Partial<Omit<NewIncident, 'dedup_key'>>;

/** A job that is queued when one of `fields` became another one. */
export type ChangeJobSpec = EventJobSpec & { fields: (keyof IncidentChanges)[] };

export interface IncidentUpdate {
  id: number;
  changes: IncidentChanges;
  cause: Cause;
  /** Only one of these versions is changed. */
  expectedVersions?: number[] | undefined;
  /** A closed incident stays as it is. */
  onlyIfOpen?: boolean | undefined;
}

export interface UpdateResult {
  incident: IncidentRow;
  /** Whether the incident has none of the expected versions; nothing was changed then. */
  isStale: boolean;
}

/**
 * Changes incidents, history and jobs in one statement. A field with an unchanged value writes nothing.
 * Undefined for an unknown or locked incident, and for one that may take an open incident's key:
 * so no update waits for another. Keeps the order of `updates`.
 * @param updates of different incidents
 * @param jobs their payloads are `incident_id`, `event_id` and `request_id`
 */
export async function updateIncidentRows(
  connection: Connection,
  updates: IncidentUpdate[],
  jobs: ChangeJobSpec[],
  policy: NotificationPolicy,
): Promise<(UpdateResult | undefined)[]> {
  return runUpdate(updateShared, connection, updates, jobs, policy);
}

/**
 * Waits for the lock and reads after it, so of two callers each sees the other's result.
 * @throws pg's unique violation when another open incident holds the source and key
 */
export async function updateIncidentRow(
  connection: Connection,
  update: IncidentUpdate,
  jobs: ChangeJobSpec[],
  policy: NotificationPolicy,
): Promise<UpdateResult | undefined> {
  const [result] = await runUpdate(updateAlone, connection, [update], jobs, policy);
  return result;
}

interface ResultRow {
  id: number;
  is_stale: boolean;
  incident: IncidentRow;
}

async function runUpdate(
  statement: typeof updateShared,
  connection: Connection,
  updates: IncidentUpdate[],
  jobs: ChangeJobSpec[],
  policy: NotificationPolicy,
): Promise<(UpdateResult | undefined)[]> {
  const input = updates.map(({ id, changes, cause, expectedVersions, onlyIfOpen }) => ({
    id,
    ...changes,
    // Null would mean "as it is".
    ...(changes.bot === null && { bot: '' }),
    ...(changes.assignee === null && { assignee: '' }),
    actor: cause.actor,
    request_id: cause.requestId,
    expected_versions: expectedVersions,
    only_if_open: onlyIfOpen,
  }));
  const ids = updates.map(({ id }) => id);
  const { rows } = await statement(
    connection,
    JSON.stringify(input),
    JSON.stringify(jobs),
    JSON.stringify(policy.escalateAfterSeconds),
  );
  const found = new Map(rows.map(({ id, is_stale, incident }) => [id, { incident, isStale: is_stale }]));
  return ids.map((id) => found.get(id));
}

const compileUpdate = ({ isShared }: { isShared: boolean }) =>
  compileOnce(
    (input: string, jobs: string, periods: string) => sql<ResultRow>`
    with input as materialized (
      select * from json_to_recordset(${input}::json) as entry (
        id bigint, text text, description text, status text, source text, severity text, bot text, assignee text,
        labels jsonb, links jsonb, actor text, request_id text, expected_versions bigint[], only_if_open boolean
      )
    ), before as materialized (
      -- A lock in LATERAL rules out other joins: each id is one look at the index.
      select locked.*, locked.version <> all(input.expected_versions) is true as is_stale
      from input cross join lateral (
        select * from incidents where incidents.id = input.id
        for no key update ${sql.raw(isShared ? 'skip locked' : '')}
      ) as locked
      -- To take a key may mean to wait for another transaction.
      where not ${sql.raw(String(isShared))} or locked.dedup_key is null
        or coalesce(input.source, locked.source) = locked.source
          and (locked.status <> 'закрыт' or coalesce(input.status, locked.status) = locked.status)
    ), after as materialized (
      select before.id, input.actor, input.request_id,
        coalesce(input.text, before.text) as text,
        coalesce(input.description, before.description) as description,
        coalesce(input.status, before.status) as status,
        coalesce(input.source, before.source) as source,
        coalesce(input.severity, before.severity) as severity,
        coalesce(input.bot, before.bot, '') as bot,
        coalesce(input.assignee, before.assignee, '') as assignee,
        coalesce(input.labels, before.labels) as labels,
        coalesce(input.links, before.links) as links
      from before join input using (id)
      where ${expectFewRows('before.id')} and not before.is_stale and not (input.only_if_open is true and before.status = 'закрыт')
    ), changed as materialized (
      select after.*, difference.changes
      from before join after on after.id = before.id cross join lateral (
        select jsonb_object_agg(name, jsonb_build_object('from', was, 'to', is_now)) as changes
        from (values
          ('text', before.text, after.text),
          ('description', before.description, after.description),
          ('status', before.status, after.status),
          ('source', before.source, after.source),
          ('severity', before.severity, after.severity),
          ('bot', coalesce(before.bot, ''), after.bot),
          ('assignee', coalesce(before.assignee, ''), after.assignee),
          ('labels', before.labels::text, after.labels::text),
          ('links', before.links::text, after.links::text)
        ) as field (name, was, is_now)
        where was <> is_now
      ) as difference
      where difference.changes is not null
    ), written as (
      update incidents set
        text = changed.text, description = changed.description, status = changed.status, source = changed.source,
        severity = changed.severity, bot = nullif(changed.bot, ''), assignee = nullif(changed.assignee, ''),
        labels = changed.labels, links = changed.links,
        escalates_at = case
          when changed.changes ?| array['status', 'severity'] then ${escalationTime(periods, sql`changed.severity`)}
          else incidents.escalates_at end
      from changed where incidents.id = changed.id
      returning incidents.*
    ), event as (
      insert into incident_events (incident_id, kind, changes, actor, request_id, at)
      -- Not now(), which is the time before the wait for the lock: the history would not be in order.
      select id, 'updated', changes, actor, request_id, clock_timestamp() from changed order by id
      returning id, incident_id, changes, request_id
    ), queued as (${queueEventJobs(jobs, sql`event.changes ?| job.fields`)})
    select written.id, false as is_stale, ${incidentJson('written')} as incident from written, queued
    union all
    select before.id, before.is_stale, ${incidentJson('before')} from before
    where before.id not in (select id from changed)`,
  );

const updateShared = compileUpdate({ isShared: true });
const updateAlone = compileUpdate({ isShared: false });
