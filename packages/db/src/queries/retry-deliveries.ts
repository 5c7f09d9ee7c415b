import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { type DeliveryRow, deliveryColumns } from './delivery-row.ts';
import { outboxAddress, wakeOutboxes } from './wake-outboxes.ts';

/**
 * Statements for `with` that begin a new series of attempts of the deliveries that `chosen` selects (`id`, `channel`,
 * `recipient`) and have their outboxes looked into at once. `retried` has `deliveryColumns`.
 *
 * The outboxes are locked first and the deliveries second, as everywhere. A delivery that meanwhile left `states` is left
 * alone.
 */
const retry = (chosen: RawBuilder<unknown>, states: RawBuilder<unknown>) => sql`
  chosen as (
    select id, channel, ${outboxAddress(sql`channel`, sql`recipient`)} as address from (${chosen}) as found
  ), woken as (${wakeOutboxes(sql`select channel, address from chosen`)}
  ), retried as (
    update deliveries set state = 'pending', attempts = 0, digest = false, next_attempt_at = now(),
      series_began_at = now(), outbox_id = woken.id, updated_at = now()
    from chosen join woken on woken.channel = chosen.channel and woken.address = chosen.address
    where deliveries.id = chosen.id and deliveries.state in (${states})
    returning ${deliveryColumns}
  )`;

/**
 * Begins a new series of attempts of a delivery that failed or is pending, now.
 * @returns the delivery as it is then; undefined when it has another state, and then it is left alone
 */
export async function retryDelivery(db: Kysely<Database>, id: number): Promise<DeliveryRow | undefined> {
  const states = sql`'failed', 'pending'`;
  const { rows } = await sql<DeliveryRow>`
    with ${retry(sql`select id, channel, recipient from deliveries where id = ${id} and state in (${states})`, states)}
    select * from retried`.execute(db);
  return rows[0];
}

/** Some of the failed deliveries: those with the smallest ids behind `after`. */
export interface FailedDeliveries {
  channel?: 'email' | 'telegram' | undefined;
  recipient?: string | undefined;
  incident_id?: number | undefined;
  after: number;
  limit: number;
}

/**
 * Begins a new series of attempts of the next failed deliveries, now.
 * @returns how many were retried; how many were found, at most `limit`, and the greatest id of these
 */
export async function retryFailedDeliveries(
  db: Kysely<Database>,
  { channel, recipient, incident_id, after, limit }: FailedDeliveries,
): Promise<{ retried: number; found: number; last: number | null }> {
  const { rows } = await sql<{ retried: number; found: number; last: number | null }>`
    with ${retry(
      sql`
        select id, channel, recipient from deliveries
        where state = 'failed' and id > ${after}
          ${channel === undefined ? sql`` : sql`and channel = ${channel}`}
          ${recipient === undefined ? sql`` : sql`and recipient = ${recipient}`}
          ${incident_id === undefined ? sql`` : sql`and incident_id = ${incident_id}`}
        order by id limit ${limit}`,
      sql`'failed'`,
    )}
    select (select count(*) from retried) as retried, count(*) as found, max(id) as last from chosen`.execute(
    db,
  );
  return rows[0] ?? { retried: 0, found: 0, last: null };
}
