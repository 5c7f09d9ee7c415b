import { type Kysely, sql } from 'kysely';
import { isFromFuture } from '../../clock.ts';
import { compileOnce } from '../../compile-once.ts';
import { isReleasedOrReaped } from '../../lease.ts';
import type { ChannelName } from '../../tables/channel.ts';
import type { Database } from '../../tables/database.ts';

export interface DueOutbox {
  id: number;
  channel: ChannelName;
}

const MAX_OUTBOXES = 500;

/** Finds due outboxes that no other living pool owns, the longest due first. */
export async function findDueOutboxes(
  db: Kysely<Database>,
  poolId: string,
  channels: string[],
): Promise<DueOutbox[]> {
  const { rows } = await findStatement(db, poolId, channels);
  return rows;
}

const findStatement = compileOnce(
  (poolId: string, channels: string[]) => sql<DueOutbox>`
    select due.id, due.channel
    from unnest(${channels}::text[]) as wanted (channel) cross join lateral (
      select outbox.id, outbox.channel from outboxes as outbox
      where outbox.channel = wanted.channel
        and (outbox.due_at <= now() or ${isFromFuture(sql`outbox.updated_at`)})
        and (outbox.owner is null or outbox.owner = ${poolId}::text or ${isReleasedOrReaped(sql`outbox.owner`)})
      order by outbox.due_at limit ${sql.lit(MAX_OUTBOXES)}
    ) as due`,
);
