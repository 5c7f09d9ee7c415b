import { type Kysely, sql } from 'kysely';
import { isFromFuture } from '../../clock.ts';
import type { Database } from '../../tables/database.ts';

/** Makes deliveries due now that were scheduled before the database's clock was set back, and wakes their outboxes. */
export async function rescheduleFutureDeliveries(db: Kysely<Database>): Promise<void> {
  await sql`
    with outbox as materialized (
      select id, ${isFromFuture(sql`updated_at`)} as is_late from outboxes order by channel, address for update
    ), late as (
      update deliveries set next_attempt_at = least(next_attempt_at, now()), updated_at = now()
      from outbox
      where deliveries.outbox_id = outbox.id and deliveries.state in ('pending', 'sending')
        and ${isFromFuture(sql`deliveries.updated_at`)}
      returning outbox.id
    )
    update outboxes set due_at = now(), wakeups = wakeups + 1, updated_at = now()
    from outbox
    where outboxes.id = outbox.id and (outbox.is_late or outbox.id in (select id from late))`.execute(db);
}
