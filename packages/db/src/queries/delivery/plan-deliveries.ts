import { type Kysely, sql } from 'kysely';
import { commitsAsync } from '../../async-commit.ts';
import { isFromFuture } from '../../clock.ts';
import { compileOnce } from '../../compile-once.ts';
import type { Database } from '../../tables/database.ts';
import type { DeliveryTable } from '../../tables/delivery.ts';
import { outboxAddress } from '../outbox/outbox-address.ts';

/** A recipient and its filters; null or none for all. Some get events of the kind `escalated` only. */
export interface PlannedRecipient {
  recipient: string;
  sources: string[] | null;
  severities?: string[];
  onlyEscalations?: boolean;
}

export interface StormPolicy {
  /** New incidents and escalations per outbox and window that are sent one by one. */
  threshold: number;
  windowSeconds: number;
  digestAfterSeconds: number;
}

export interface WokenOutbox {
  id: number;
  dueInMs: number;
}

export interface DeliveryPlan extends Pick<DeliveryTable, 'channel' | 'transport'> {
  recipients: PlannedRecipient[];
  storm: StormPolicy;
  /** The severities whose notifications are held now, each until a time (ISO 8601). */
  quietUntil: Record<string, string>;
}

/** Limits of earlier events of the same incident that one event plans too. */
const MAX_EARLIER_EVENTS = 20;
const MAX_EARLIER_EVENT_AGE_SECONDS = 3_600;

/**
 * Idempotent. Plans earlier unplanned events of an incident too, so messages keep the order of events.
 * The commit is asynchronous: after a loss the calling job runs again. Returns milliseconds until due.
 */
export async function planDeliveries(
  db: Kysely<Database>,
  eventIds: number[],
  { channel, transport, recipients, storm, quietUntil }: DeliveryPlan,
): Promise<WokenOutbox[]> {
  const { rows } = await planStatement(
    db,
    eventIds,
    channel,
    transport,
    JSON.stringify(recipients),
    storm.threshold,
    storm.threshold / storm.windowSeconds,
    storm.digestAfterSeconds,
    JSON.stringify(quietUntil),
  );
  return rows.map(({ id, due_in_ms }) => ({ id, dueInMs: due_in_ms }));
}

/** Whether an event queues notifications; as `incident-jobs.ts` of packages/core does. */
const isToldAbout = (event: string) => sql`(
  ${sql.ref(event)}.kind in ('created', 'occurred_again', 'escalated')
  or ${sql.ref(event)}.kind = 'updated' and ${sql.ref(event)}.changes ?| array['status', 'severity'])`;

/** Held by quiet hours: its series of attempts begins at their end. The concatenation rules out a partial index. */
const isHeld = sql`(
  deliveries.digest and deliveries.state || '' = 'pending' and deliveries.series_began_at > now())`;

/** Null for none. The concatenation rules out indexes on channel: the plan is made on an empty table. */
const plannedRecipients = (event: string, channel: string) => sql`(
  select array_agg(deliveries.recipient) from deliveries
  where deliveries.event_id = ${sql.ref(event)}.id and deliveries.channel || '' = ${channel}::text)`;

const planStatement = compileOnce(
  (
    eventIds: number[],
    channel: string,
    transport: string,
    recipients: string,
    threshold: number,
    perSecond: number,
    digestAfter: number,
    quiet: string,
  ) => sql<{ id: number; due_in_ms: number }>`
    with asked as materialized (
      select id, incident_id from incident_events where id = any(${eventIds}::bigint[]) and ${commitsAsync}
    ), event as materialized (
      select distinct event.id, event.incident_id, event.kind, event.at, incident.source, incident.severity, event.planned,
        -- Quiet hours never hold the log back.
        case when ${transport}::text <> 'log' then (${quiet}::jsonb ->> incident.severity)::timestamptz end as quiet_until
      from asked
      join incidents as incident on incident.id = asked.incident_id
      cross join lateral (
        select id, incident_id, kind, at, ${plannedRecipients('earlier', channel)} as planned
        from incident_events as earlier
        where earlier.incident_id = asked.incident_id and earlier.id <= asked.id
          and (earlier.id = asked.id
            or earlier.at > now() - make_interval(secs => ${sql.lit(MAX_EARLIER_EVENT_AGE_SECONDS)})
              and ${isToldAbout('earlier')}
              and ${plannedRecipients('earlier', channel)} is null)
        order by earlier.id desc limit ${sql.lit(MAX_EARLIER_EVENTS)}
      ) as event
    ), recipient as materialized (
      select recipient, ${outboxAddress(sql`${channel}::text`, sql`recipient`)} as address, sources, severities,
        coalesce("onlyEscalations", false) as only_escalations
      from jsonb_to_recordset(${recipients}::jsonb) as recipient (recipient text, sources text[], severities text[], "onlyEscalations" boolean)
    ), wanted as materialized (
      select distinct event.id as event_id, event.incident_id, event.at, event.quiet_until, event.raises_level,
        recipient.recipient, recipient.address,
        dense_rank() over (partition by recipient.address, event.raises_level order by event.id) as position
      from (select *, kind in ('created', 'escalated') and quiet_until is null as raises_level from event) as event
      join recipient on (recipient.sources is null or event.source = any(recipient.sources))
        and (recipient.severities is null or event.severity = any(recipient.severities))
        and (event.kind = 'escalated' or not recipient.only_escalations)
      where event.planned is null or recipient.recipient <> all(event.planned)
    ), fresh as materialized (
      select address, coalesce(max(position) filter (where raises_level), 0)::float8 as incidents
      from wanted group by address
    ), outbox as materialized (
      insert into outboxes as outbox (channel, address, due_at, burst)
      select ${channel}::text, address, now(), incidents from fresh order by address
      on conflict (channel, address) do update
      set wakeups = outbox.wakeups + 1, updated_at = now(), burst_at = now(),
        -- A closure from before the clock was set back has ended.
        due_at = least(outbox.due_at, greatest(now(),
          case when not ${isFromFuture(sql`outbox.closed_at`)} then outbox.closed_until end)),
        -- Leaky bucket. The cap ends a storm within one window of its last incident.
        burst = excluded.burst + greatest(0, least(2 * ${threshold}::float8 - 1, outbox.burst)
          - ${perSecond}::float8 * greatest(0, extract(epoch from now() - outbox.burst_at)::float8))
      returning outbox.id, outbox.address, outbox.burst,
        greatest(0, extract(epoch from outbox.due_at - now()))::float8 * 1000 as due_in_ms
    ), released as (
      -- An incident that is no longer quiet is told at once, from its first held event on.
      update deliveries set digest = false, next_attempt_at = deliveries.created_at, series_began_at = now(),
        updated_at = now()
      from (
        select distinct wanted.incident_id, wanted.recipient, outbox.id as outbox_id
        from wanted join outbox using (address)
        where wanted.quiet_until is null and ${quiet}::jsonb <> '{}'
      ) as told
      where deliveries.incident_id = told.incident_id and deliveries.outbox_id = told.outbox_id
        and deliveries.recipient || '' = told.recipient and ${isHeld}
    ), planned as (
      insert into deliveries
        (event_id, incident_id, channel, transport, recipient, outbox_id, digest, next_attempt_at, series_began_at)
      select event_id, incident_id, ${channel}::text, ${transport}::text, recipient, outbox_id,
        gathers or quiet_until is not null,
        case when quiet_until is not null then greatest(quiet_until, now())
          when gathers then now() + make_interval(secs => ${digestAfter}::float8)
          else least(at, now()) end,
        greatest(quiet_until, now())
      from (
        select wanted.*, outbox.id as outbox_id,
          -- The log cannot be flooded.
          raises_level and ${transport}::text <> 'log'
            and outbox.burst - fresh.incidents + position > ${threshold}::float8 as gathers
        from wanted join outbox using (address) join fresh using (address)
      ) as delivery
      order by event_id
      -- Another planner has held it meanwhile, by an older state of the incident.
      on conflict (event_id, channel, recipient) do update
      set digest = false, next_attempt_at = excluded.next_attempt_at, series_began_at = now(), updated_at = now()
      where ${isHeld} and not excluded.digest
      returning outbox_id
    )
    select id, due_in_ms from outbox where id in (select outbox_id from planned)`,
);
