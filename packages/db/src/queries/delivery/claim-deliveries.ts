import { type Kysely, sql } from 'kysely';
import { commitsAsync } from '../../async-commit.ts';
import { isFromFuture } from '../../clock.ts';
import { compileOnce } from '../../compile-once.ts';
import { holdsLease, isReleasedOrReaped } from '../../lease.ts';
import type { Database } from '../../tables/database.ts';
import type { DeliveryTable } from '../../tables/delivery.ts';
import type { IncidentEventTable } from '../../tables/incident-event.ts';
import { isoTime } from '../iso-time.ts';

export interface OutboxRequest {
  outboxId: number;
  /** Messages to take, at most; 0 gives the outbox up. */
  limit: number;
}

export interface ClaimedDelivery
  extends Pick<
    DeliveryTable,
    'event_id' | 'incident_id' | 'transport' | 'recipient' | 'attempts' | 'digest'
  > {
  id: number;
  /** Seconds since the current series of attempts began. */
  age_seconds: number;
  /** Null when the event no longer exists. */
  event_kind: IncidentEventTable['kind'] | null;
  /** Of status and severity alone: others may be as long as a description. */
  changes: { status?: { from: string; to: string }; severity?: { from: string; to: string } };
  actor: string;
  request_id: string;
  previous_message_id: string | null;
  /** Null when the incident no longer exists. */
  incident: {
    text: string;
    description: string;
    status: string;
    source: string;
    created_at: string;
    severity: string;
    bot: string | null;
    assignee: string | null;
    occurrences: number;
  } | null;
}

export interface ClaimedOutbox {
  isOwned: boolean;
  /** Until the outbox is due; null when no delivery waits, or another pool owns it. */
  dueInMs: number | null;
  /** In the order of events. Empty in an owned outbox when a planner woke it during the statement. */
  deliveries: ClaimedDelivery[];
}

const MAX_DIGEST_INCIDENTS = 100;

/**
 * Claims due deliveries for a pool with a lease and counts the attempts. Skips outboxes of other living pools.
 * A result is one digest or several single deliveries of one transport; one per request, in order.
 * A delivery waits behind an earlier one of its incident and recipient that the result cannot include.
 * After a send that must be repeated, the caller skips later deliveries of that incident.
 * An outbox without due deliveries loses its owner. The commit is asynchronous: lost claims are due again.
 * @param options.mergesEvents whether one message covers several events of an incident
 */
export async function claimDeliveries(
  db: Kysely<Database>,
  requests: OutboxRequest[],
  { poolId, mergesEvents }: { poolId: string; mergesEvents: boolean },
): Promise<ClaimedOutbox[]> {
  const { rows } = await claimStatement(
    db,
    requests.map(({ outboxId }) => outboxId),
    requests.map(({ limit }) => limit),
    poolId,
    mergesEvents,
  );
  const outboxes = new Map(rows.map((row) => [row.outbox_id, row]));
  return requests.map(({ outboxId }) => {
    const row = outboxes.get(outboxId);
    return {
      isOwned: row?.is_owned ?? false,
      dueInMs: row?.due_in_ms ?? null,
      deliveries: row?.deliveries ?? [],
    };
  });
}

interface ClaimedRow {
  outbox_id: number;
  is_owned: boolean;
  due_in_ms: number | null;
  deliveries: ClaimedDelivery[] | null;
}

const isWaitingDelivery = sql`delivery.state in ('pending', 'sending')`;
const isDue = sql`delivery.next_attempt_at <= now()`;
// Plans are made once, on an empty table. A concatenation with '' rules out the partial indexes here, and the index by
// recipient below, which holds the whole history.
const isWaiting = (alias: string) => sql`${sql.ref(alias)}.state || '' in ('pending', 'sending')`;
const concernsSame = (alias: string) => sql`${sql.ref(alias)}.incident_id = delivery.incident_id
  and ${sql.ref(alias)}.outbox_id = delivery.outbox_id and ${sql.ref(alias)}.recipient || '' = delivery.recipient
  and ${isWaiting(alias)}`;
// Blocked by an earlier delivery: in a digest, of another transport, or due after a later one.
// OFFSET keeps it from becoming a join, which would read all waiting deliveries.
const isBlocked = sql`exists (
  select from deliveries as earlier
  where ${concernsSame('earlier')} and earlier.event_id < delivery.event_id
    and (earlier.digest or earlier.transport <> delivery.transport
      or earlier.next_attempt_at > (
        select min(later.next_attempt_at) from deliveries as later
        where ${concernsSame('later')} and later.event_id > earlier.event_id
          and later.event_id <= delivery.event_id))
    offset 0)`;
const isClosed = sql`(outbox.closed_until > now() and not ${isFromFuture(sql`outbox.closed_at`)})`;

const claimStatement = compileOnce(
  (ids: number[], limits: number[], poolId: string, mergesEvents: boolean) => sql<ClaimedRow>`
    with request as materialized (
      select id, most from unnest(${ids}::bigint[], ${limits}::int[]) as request (id, most)
    ), seen as materialized (
      -- Same snapshot as the deliveries. The locked row below may be newer.
      select outboxes.id, outboxes.wakeups, request.most from request join outboxes on outboxes.id = request.id
    ), outbox as materialized (
      select outbox.id, outbox.closed_until,
        seen.most > 0 and coalesce(not ${isClosed}, true) as is_open, coalesce(${isClosed}, false) as is_closed,
        outbox.wakeups = seen.wakeups as is_seen, seen.most
      from seen join outboxes as outbox on outbox.id = seen.id
      where ${commitsAsync} and ${holdsLease(sql`${poolId}::text`)}
        and (outbox.owner is null or outbox.owner = ${poolId}::text or ${isReleasedOrReaped(sql`outbox.owner`)})
      order by outbox.channel, outbox.address for update of outbox
    ), first as materialized (
      select outbox.id as outbox_id, outbox.most, delivery.digest, delivery.recipient, delivery.transport
      from outbox cross join lateral (
        select delivery.digest, delivery.recipient, delivery.transport from deliveries as delivery
        where delivery.outbox_id = outbox.id and ${isWaitingDelivery} and ${isDue} and not ${isBlocked}
        order by delivery.next_attempt_at, delivery.event_id limit 1
      ) as delivery
      where outbox.is_open and outbox.is_seen
    ), single as materialized (
      select delivery.* from first cross join lateral (
        select id, outbox_id, incident_id, recipient, transport, event_id from deliveries as delivery
        where delivery.outbox_id = first.outbox_id and ${isWaitingDelivery} and not delivery.digest and ${isDue}
          and delivery.transport = first.transport and not ${isBlocked}
        order by delivery.next_attempt_at, delivery.event_id limit first.most
      ) as delivery
      where not first.digest
    ), gathered as materialized (
      select delivery.* from first cross join lateral (
        select id, outbox_id, incident_id, recipient, transport, event_id from deliveries as delivery
        where delivery.outbox_id = first.outbox_id and ${isWaitingDelivery} and delivery.digest
          and delivery.recipient || '' = first.recipient and delivery.transport = first.transport
          and (${isDue} or delivery.attempts = 0 and delivery.series_began_at <= now())
        order by delivery.next_attempt_at, delivery.event_id limit ${sql.lit(MAX_DIGEST_INCIDENTS)}
      ) as delivery
      where first.digest
    ), chosen as materialized (
      select id from single
      union select id from gathered
      union select delivery.id from gathered join deliveries as delivery using (incident_id)
        where delivery.outbox_id = gathered.outbox_id and delivery.recipient || '' = gathered.recipient
          and delivery.transport = gathered.transport and ${isWaiting('delivery')}
          -- Others of the incident that quiet hours hold: the digest shows its present state.
          and (delivery.event_id > gathered.event_id and not delivery.digest
            or delivery.digest and delivery.attempts = 0)
      union select delivery.id from single join deliveries as delivery using (incident_id)
        where ${mergesEvents} and delivery.outbox_id = single.outbox_id
          and delivery.recipient || '' = single.recipient and delivery.transport = single.transport
          and delivery.event_id > single.event_id
          and ${isWaiting('delivery')} and not delivery.digest and ${isDue}
    ), claimed as (
      update deliveries set state = 'sending', attempts = deliveries.attempts + 1, claimed_by = ${poolId}::text,
        updated_at = now()
      -- On the newest row: another pool may have sent it before this one locked the outbox.
      from chosen where deliveries.id = chosen.id and ${isWaiting('deliveries')}
      returning deliveries.id, deliveries.outbox_id, deliveries.event_id, deliveries.incident_id,
        deliveries.transport, deliveries.recipient, deliveries.attempts, deliveries.digest,
        extract(epoch from now() - deliveries.series_began_at)::float8 as age_seconds
    ), delivery as materialized (
      select claimed.outbox_id, json_agg(json_build_object(
        'id', claimed.id, 'event_id', claimed.event_id, 'incident_id', claimed.incident_id,
        'transport', claimed.transport, 'recipient', claimed.recipient, 'attempts', claimed.attempts,
        'digest', claimed.digest, 'age_seconds', claimed.age_seconds,
        'event_kind', event.kind,
        'changes', jsonb_strip_nulls(jsonb_build_object(
          'status', event.changes -> 'status', 'severity', event.changes -> 'severity')),
        'actor', event.actor, 'request_id', event.request_id,
        'previous_message_id', case when ${mergesEvents} then (
          select previous.provider_message_id from deliveries as previous
          where previous.incident_id = claimed.incident_id and previous.recipient || '' = claimed.recipient
            and previous.transport = claimed.transport and previous.state = 'sent' and not previous.digest
          order by previous.id desc limit 1) end,
        'incident', case when incident.id is not null then json_build_object(
          'text', incident.text, 'description', case when claimed.digest then '' else incident.description end,
          'status', incident.status, 'source', incident.source,
          'created_at', ${isoTime('incident.created_at')}, 'severity', incident.severity, 'bot', incident.bot,
          'assignee', incident.assignee, 'occurrences', incident.occurrences) end
        ) order by claimed.event_id, claimed.id) as deliveries
      from claimed
      left join incident_events as event on event.id = claimed.event_id
      left join incidents as incident on incident.id = claimed.incident_id
      group by claimed.outbox_id
    ), outcome as materialized (
      -- Null leaves the time as it is: the outbox is owned, or was woken during this statement.
      select id, is_owned, case
        when is_owned then null
        when not is_seen then case when is_closed then closed_until end
        else coalesce(greatest(case when is_closed then closed_until end, case
          when is_open then (
            select delivery.next_attempt_at from deliveries as delivery
            where delivery.outbox_id = owned.id and ${isWaitingDelivery} and delivery.next_attempt_at > now()
            order by delivery.next_attempt_at limit 1)
          else (
            select delivery.next_attempt_at from deliveries as delivery
            where delivery.outbox_id = owned.id and ${isWaitingDelivery}
            order by delivery.next_attempt_at limit 1) end), 'infinity') end as due_at
      from (
        select outbox.*, outbox.is_open and not outbox.is_seen
          or exists (select from first where first.outbox_id = outbox.id) as is_owned
        from outbox
      ) as owned
    ), updated as (
      update outboxes set
        owner = case when outcome.is_owned then ${poolId}::text end,
        -- A pool that waited for the row notices another owner by this.
        wakeups = outboxes.wakeups
          + case when outcome.is_owned and outboxes.owner is distinct from ${poolId}::text then 1 else 0 end,
        due_at = coalesce(outcome.due_at, outboxes.due_at), updated_at = now()
      from outcome where outboxes.id = outcome.id
      returning outboxes.id, outcome.is_owned, outboxes.due_at
    )
    select updated.id as outbox_id, updated.is_owned, delivery.deliveries,
      case when isfinite(updated.due_at)
        then greatest(0, extract(epoch from updated.due_at - now()))::float8 * 1000 end as due_in_ms
    from updated left join delivery on delivery.outbox_id = updated.id`,
);
