import { type Kysely, sql } from 'kysely';
import { compileOnce } from '../../compile-once.ts';
import type { Database } from '../../tables/database.ts';
import type { DeliveryState } from '../../tables/delivery.ts';

export interface DeliveryResult {
  id: number;
  state: Exclude<DeliveryState, 'sending'>;
  providerMessageId?: string | null;
  /** Without it the last error stays, except after success. */
  error?: string;
  /** Until the next attempt of a pending delivery; without it the time stays. */
  delayMs?: number;
  isUncounted?: boolean;
  inDigest?: boolean;
}

export interface OutboxClosure {
  outboxId: number;
  closedForMs: number;
}

/**
 * `sent` and `logged` always apply; other states only while the pool holds the delivery.
 * The first message of an event and channel writes the event `notified`; the unique index decides which is first.
 */
export async function recordDeliveries(
  db: Kysely<Database>,
  poolId: string,
  records: DeliveryResult[],
  closures: OutboxClosure[],
): Promise<void> {
  await recordStatement(
    db,
    poolId,
    JSON.stringify(
      records.map(({ id, state, providerMessageId, error, delayMs, isUncounted, inDigest }) => ({
        id,
        state,
        message: providerMessageId,
        error,
        delay: delayMs === undefined ? undefined : delayMs / 1_000,
        attempts: isUncounted ? 1 : 0,
        digest: inDigest ?? false,
      })),
    ),
    JSON.stringify(
      closures.map(({ outboxId, closedForMs }) => ({ id: outboxId, seconds: closedForMs / 1_000 })),
    ),
  );
}

const recordStatement = compileOnce(
  (poolId: string, records: string, closures: string) => sql`
    with outbox as materialized (
      select outbox.id, closure.seconds
      from (
        select id, max(seconds) as seconds
        from jsonb_to_recordset(${closures}::jsonb) as closure (id bigint, seconds float8) group by id
      ) as closure
      join outboxes as outbox on outbox.id = closure.id
      where outbox.owner = ${poolId}::text
      order by outbox.channel, outbox.address for update of outbox
    ), closed as (
      update outboxes set closed_until = now() + make_interval(secs => outbox.seconds), closed_at = now(),
        updated_at = now()
      from outbox where outboxes.id = outbox.id
    ), recorded as (update deliveries set
      state = record.state,
      attempts = deliveries.attempts - record.attempts,
      provider_message_id = coalesce(record.message, deliveries.provider_message_id),
      last_error = case when record.state in ('sent', 'logged') then null
        else coalesce(record.error, deliveries.last_error) end,
      next_attempt_at = case
        when record.state <> 'pending' then null
        when record.delay is null then deliveries.next_attempt_at
        else now() + make_interval(secs => record.delay) end,
      sent_at = case when record.state in ('sent', 'logged') then now() end,
      digest = deliveries.digest or record.digest,
      updated_at = now()
    from jsonb_to_recordset(${records}::jsonb) as record
      (id bigint, state text, message text, error text, delay float8, attempts int, digest boolean)
    -- Outboxes are locked first, as in every other statement.
    where (select count(*) from outbox) >= 0 and deliveries.id = record.id
      and (record.state in ('sent', 'logged')
        or deliveries.state = 'sending' and deliveries.claimed_by = ${poolId}::text)
      returning deliveries.event_id, deliveries.channel, deliveries.state
    )
    insert into incident_events (incident_id, kind, actor, request_id, comment, notified_event_id)
    select distinct event.incident_id, 'notified', 'worker', event.request_id, recorded.channel, event.id
    from recorded join incident_events as event on event.id = recorded.event_id
    where recorded.state = 'sent'
    -- One order in all statements: they never wait for each other in a circle.
    order by event.id, recorded.channel
    on conflict (notified_event_id, comment) where kind = 'notified' do nothing`,
);
