import { type RawBuilder, sql } from 'kysely';

/**
 * The address of the outbox in which messages to a recipient wait: the topics of a chat share its outbox, and Telegram
 * does not tell capital letters in names apart.
 */
export const outboxAddress = (channel: RawBuilder<unknown>, recipient: RawBuilder<unknown>) =>
  sql<string>`case ${channel} when 'telegram' then lower(split_part(${recipient}, ':', 1)) else ${recipient} end`;

/**
 * A statement for `with` that makes the outboxes of `addresses` due now and creates missing ones.
 * It returns `id`, `channel` and `address`.
 *
 * Outboxes are locked in (channel, address) order to prevent deadlocks.
 * An owner moves `due_at` of an open outbox only if `wakeups` is unchanged since it looked.
 */
export const wakeOutboxes = (addresses: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  insert into outboxes as outbox (channel, address, due_at)
  select distinct channel, address, now() from (${addresses}) as woken order by channel, address
  on conflict (channel, address) do update
  set wakeups = outbox.wakeups + 1, due_at = least(outbox.due_at, now()), updated_at = now()
  returning outbox.id, outbox.channel, outbox.address`;
