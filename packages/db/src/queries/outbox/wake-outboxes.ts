import { type RawBuilder, sql } from 'kysely';

/**
 * For `with`: makes outboxes due now and creates missing ones. Returns `id`, `channel` and `address`.
 * Outboxes are locked in (channel, address) order to prevent deadlocks.
 * An owner moves `due_at` of an open outbox only if `wakeups` is unchanged since its snapshot.
 */
export const wakeOutboxes = (addresses: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  insert into outboxes as outbox (channel, address, due_at)
  select distinct channel, address, now() from (${addresses}) as woken order by channel, address
  on conflict (channel, address) do update
  set wakeups = outbox.wakeups + 1, due_at = least(outbox.due_at, now()), updated_at = now()
  returning outbox.id, outbox.channel, outbox.address`;
