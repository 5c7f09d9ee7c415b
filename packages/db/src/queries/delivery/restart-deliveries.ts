import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import type { DeliveryTable } from '../../tables/delivery.ts';
import { outboxAddress } from '../outbox/outbox-address.ts';
import { wakeOutboxes } from '../outbox/wake-outboxes.ts';
import { type DeliveryRow, deliveryColumns } from './delivery-row.ts';

/**
 * `chosen` selects `id`, `channel`, `recipient`. The query continues with the tables `chosen` and `retried`.
 * Outboxes are locked before deliveries, as in every statement. A delivery that left `states` stays.
 */
const withRestarted = (db: Kysely<Database>, chosen: RawBuilder<unknown>, states: RawBuilder<unknown>) =>
  db
    .with(
      'chosen',
      () => sql<Pick<DeliveryTable, 'channel'> & { id: number; address: string }>`(
        select id, channel, ${outboxAddress(sql`channel`, sql`recipient`)} as address from (${chosen}) as found)`,
    )
    .with(
      'woken',
      () => sql<Pick<DeliveryTable, 'channel'> & { id: number; address: string }>`(
        ${wakeOutboxes(sql`select channel, address from chosen`)})`,
    )
    .with(
      'retried',
      () => sql<DeliveryTable>`(
        update deliveries set state = 'pending', attempts = 0, digest = false, next_attempt_at = now(),
          series_began_at = now(), outbox_id = woken.id, updated_at = now()
        from chosen join woken on woken.channel = chosen.channel and woken.address = chosen.address
        where deliveries.id = chosen.id and deliveries.state in (${states})
        returning deliveries.*)`,
    );

/** Restarts a failed or pending delivery, now; undefined when it has another state. */
export function restartDelivery(db: Kysely<Database>, id: number): Promise<DeliveryRow | undefined> {
  const states = sql`'failed', 'pending'`;
  return withRestarted(
    db,
    sql`select id, channel, recipient from deliveries where id = ${id} and state in (${states})`,
    states,
  )
    .selectFrom('retried as deliveries')
    .select(deliveryColumns)
    .executeTakeFirst();
}

export interface FailedDeliveries {
  channel?: DeliveryTable['channel'] | undefined;
  recipient?: string | undefined;
  incident_id?: number | undefined;
  after: number;
  limit: number;
}

/** @returns how many were restarted and found (`found` ≤ `limit`), and the greatest id that was found */
export function restartFailedDeliveries(
  db: Kysely<Database>,
  { channel, recipient, incident_id, after, limit }: FailedDeliveries,
): Promise<{ retried: number; found: number; last: number | null }> {
  return withRestarted(
    db,
    sql`
      select id, channel, recipient from deliveries
      where state = 'failed' and id > ${after}
        ${channel === undefined ? sql`` : sql`and channel = ${channel}`}
        ${recipient === undefined ? sql`` : sql`and recipient = ${recipient}`}
        ${incident_id === undefined ? sql`` : sql`and incident_id = ${incident_id}`}
      order by id limit ${limit}`,
    sql`'failed'`,
  )
    .selectFrom('chosen')
    .select(({ fn }) => [
      sql<number>`(select count(*) from retried)`.as('retried'),
      fn.countAll<number>().as('found'),
      fn.max<number | null>('id').as('last'),
    ])
    .executeTakeFirstOrThrow();
}
