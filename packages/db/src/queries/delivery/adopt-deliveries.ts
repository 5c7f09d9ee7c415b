import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import type { DeliveryTable } from '../../tables/delivery.ts';
import { outboxAddress } from '../outbox/outbox-address.ts';
import { wakeOutboxes } from '../outbox/wake-outboxes.ts';
import type { WokenOutbox } from './plan-deliveries.ts';

/** One delivery, or the digest of a recipient, planned by a worker from before migration 0010. */
export type AdoptedDeliveries = { deliveryId: number } | { channel: string; recipient: string };

export interface AdoptingOutbox extends WokenOutbox {
  channel: DeliveryTable['channel'];
}

/** Assigns deliveries to outboxes and wakes them. Old APIs retry a delivery without waking its outbox. */
export async function adoptDeliveries(
  db: Kysely<Database>,
  which: AdoptedDeliveries,
): Promise<AdoptingOutbox[]> {
  const condition: RawBuilder<unknown> =
    'deliveryId' in which
      ? sql`id = ${which.deliveryId}`
      : sql`channel = ${which.channel} and recipient = ${which.recipient} and digest`;
  const { rows } = await sql<{ id: number; channel: DeliveryTable['channel'] }>`
    with orphan as materialized (
      select id, channel, ${outboxAddress(sql`channel`, sql`recipient`)} as address from deliveries
      where ${condition} and outbox_id is null and state in ('pending', 'sending')
      for update skip locked
    ), outbox as (${wakeOutboxes(sql`
      select channel, address from orphan
      union all
      select outboxes.channel, outboxes.address from outboxes where id in (
        select outbox_id from deliveries where ${condition} and state = 'pending')`)}),
    adopted as (
      update deliveries set outbox_id = outbox.id, state = 'pending', updated_at = now(),
        next_attempt_at = coalesce(deliveries.next_attempt_at, now())
      from orphan join outbox using (channel, address)
      where deliveries.id = orphan.id
    )
    select id, channel from outbox`.execute(db);
  return rows.map(({ id, channel }) => ({ id, channel, dueInMs: 0 }));
}
