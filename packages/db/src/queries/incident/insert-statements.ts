import { type RawBuilder, sql } from 'kysely';
import { compileOnce } from '../../compile-once.ts';
import { expectFewRows } from '../expect-few-rows.ts';
import { queueEventJobs } from '../job/queue-jobs.ts';
import { escalationTime } from './escalation-time.ts';
import { type IncidentRow, incidentJson } from './incident-row.ts';

export interface InsertResultRow {
  position: number;
  outcome: 'created' | 'added' | 'replayed' | 'key_reused';
  status: 200 | 201;
  incident: IncidentRow;
}

type OptionalText = string | null | undefined;

/** `RETURNING` cannot return columns of the input, so an entry has its id before the insert. */
const newId = sql`nextval((select pg_get_serial_sequence('incidents', 'id')::regclass)) as new_id`;

const inputRows = (input: string) => sql`
  rows from (
    json_to_recordset(${input}::json) as (
      text text, description text, status text, source text, severity text, bot text, assignee text,
      labels jsonb, links jsonb, dedup_key text, actor text, request_id text, idempotency_key text, fingerprint text
    )
  ) with ordinality as entry (
    text, description, status, source, severity, bot, assignee,
    labels, links, dedup_key, actor, request_id, idempotency_key, fingerprint, position
  )`;

const COLUMNS = sql`
  text, description, status, source, severity, bot, assignee, labels, links, dedup_key,
  acknowledged_at, closed_at, escalates_at`;

/** In the order of `COLUMNS`. */
const columnValues = (periods: string) => sql`
  text, description, status, source, coalesce(severity, 'error'), bot, assignee,
  coalesce(labels, '{}'), coalesce(links, '[]'), dedup_key,
  case status when 'в работе' then now() end, case status when 'закрыт' then now() end,
  case status when 'новый' then ${escalationTime(periods, sql`coalesce(severity, 'error')`)} end`;

const insertRows = (from: RawBuilder<unknown>, order: RawBuilder<unknown>, periods: string) => sql`
  insert into incidents (id, ${COLUMNS}) select new_id, ${columnValues(periods)} from ${from} order by ${order}`;

/**
 * One report without keys. Its fields are parameters instead of JSON, and its id is the default of the column.
 * PostgreSQL takes a tenth less CPU than for `insertPlain`.
 */
export const insertPlainAlone = compileOnce(
  (
    text: string,
    description: string,
    status: string,
    source: string,
    severity: OptionalText,
    bot: OptionalText,
    assignee: OptionalText,
    labels: OptionalText,
    links: OptionalText,
    actor: string,
    requestId: string,
    jobs: string,
    periods: string,
  ) => sql<Pick<InsertResultRow, 'incident'>>`
    with incident as (
      insert into incidents (${COLUMNS}) select ${columnValues(periods)} from (
        select ${text}::text as text, ${description}::text as description, ${status}::text as status,
          ${source}::text as source, ${severity}::text as severity, ${bot}::text as bot,
          ${assignee}::text as assignee, ${labels}::jsonb as labels, ${links}::jsonb as links,
          null as dedup_key
      ) as entry
      returning *
    ), event as (
      insert into incident_events (incident_id, kind, actor, request_id)
      select id, 'created', ${actor}, ${requestId} from incident
      returning id, incident_id, request_id
    ), queued as (${queueEventJobs(jobs)})
    select ${incidentJson('incident')} as incident from incident, queued`,
);

/** Reports without keys. Their ids rise in the order of the input, so the rows return in that order. */
export const insertPlain = compileOnce(
  (input: string, jobs: string, periods: string) => sql<Pick<InsertResultRow, 'incident'>>`
    with input as materialized (
      select ${newId}, * from ${inputRows(input)}
    ), incident as (
      ${insertRows(sql`input`, sql`new_id`, periods)} returning *
    ), event as (
      insert into incident_events (incident_id, kind, actor, request_id)
      select new_id, 'created', actor, request_id from input order by new_id
      returning id, incident_id, request_id
    ), queued as (${queueEventJobs(jobs)})
    select ${incidentJson('incident')} as incident from incident, queued order by incident.id`,
);

const rank = (severity: RawBuilder<unknown>) =>
  sql`array_position(array['info', 'warning', 'error', 'critical'], ${severity})`;

/**
 * The unique index decides which report opens an incident; an entry that loses has no result.
 * `LATERAL` with a lock is not turned into a join, so each entry is one look at an index.
 */
const compileKeyed = (onLocked: 'skip locked' | '') =>
  compileOnce(
    (input: string, jobs: string, periods: string, renotifyAfter: number) => sql<InsertResultRow>`
    with input as materialized (
      select * from ${inputRows(input)}
    ), stored as materialized (
      select input.position, stored.fingerprint = input.fingerprint as is_same, stored.status, stored.reply
      from input cross join lateral (
        select * from idempotency_keys as stored
        where stored.actor = input.actor and stored.key = input.idempotency_key offset 0
      ) as stored
    ), open as materialized (
      select input.position, input.actor, input.request_id, open.id, open.severity as was, open.status,
        ${rank(sql`input.severity`)} > ${rank(sql`open.severity`)} is true as is_raised,
        case when ${rank(sql`input.severity`)} > ${rank(sql`open.severity`)} then input.severity
          else open.severity end as severity,
        coalesce(open.renotified_at, open.created_at) <= now() - make_interval(secs => ${renotifyAfter}::float8)
          as notifies
      from input cross join lateral (
        select id, severity, status, renotified_at, created_at from incidents as open
        where open.source = input.source and open.dedup_key = input.dedup_key and open.status <> 'закрыт'
        for no key update ${sql.raw(onLocked)}
      ) as open
      where position not in (select position from stored)
    ), added as (
      update incidents set occurrences = incidents.occurrences + 1, last_seen_at = clock_timestamp(),
        severity = open.severity,
        escalates_at = case when open.is_raised then ${escalationTime(periods, sql`open.severity`)}
          else incidents.escalates_at end,
        renotified_at = case when open.notifies then now() else incidents.renotified_at end
      from open where incidents.id = open.id and ${expectFewRows('open.id')}
      returning incidents.*
    ), fresh as materialized (
      select ${newId}, * from input
      where position not in (select position from stored) and position not in (select position from open)
    ), incident as (
      -- Equal orders of keys in all statements: they wait for each other, but never in a circle.
      ${insertRows(sql`fresh`, sql`dedup_key nulls first, source, position`, periods)}
      on conflict (source, dedup_key) where dedup_key is not null and status <> 'закрыт' do nothing
      returning *
    ), created as materialized (
      select fresh.position, fresh.actor, fresh.request_id, incident.*
      from incident join fresh on fresh.new_id = incident.id
    ), event as (
      insert into incident_events (incident_id, kind, changes, actor, request_id, at)
      select * from (
        select id, 'created', '{}'::jsonb, actor, request_id, now() from created order by id
      ) as first
      union all
      select id, 'occurred_again', case when is_raised
          then jsonb_build_object('severity', jsonb_build_object('from', was, 'to', severity)) else '{}' end,
        actor, request_id, clock_timestamp()
      from open where is_raised or notifies
      returning id, incident_id, request_id, kind, changes
    ), queued as (${queueEventJobs(jobs, sql`event.kind = 'created' or job.notifies`)}),
    result as materialized (
      select position, 'created' as outcome, 201 as status, ${incidentJson('created')} as incident from created
      union all
      select open.position, 'added', 200, ${incidentJson('added')} from added join open using (id)
    ), kept as (
      insert into idempotency_keys (actor, key, fingerprint, status, reply)
      select actor, idempotency_key, fingerprint, result.status, incident
      from result join input using (position) where idempotency_key is not null
      order by actor, idempotency_key
    )
    select result.* from result, queued
    union all
    select position, case when is_same then 'replayed' else 'key_reused' end, status, reply from stored`,
  );

export const insertKeyed = compileKeyed('skip locked');
export const insertKeyedAlone = compileKeyed('');
