import type { ColumnType, Generated } from 'kysely';
import type { ChannelName } from './channel.ts';

/** Everything that waits for one mailbox or chat. One worker pool at a time sends from it. */
export interface OutboxTable {
  id: Generated<number>;
  channel: ChannelName;
  /** A mailbox, or a chat without its topics: they share the chat's limits. */
  address: string;
  /** The worker pool that drains it; null for none. Ownership ends when that pool is released or reaped. */
  owner: string | null;
  /** Increases with each wake. The owner releases the outbox only when it has seen the newest value. */
  wakeups: number;
  /** `infinity` when no delivery waits. */
  due_at: ColumnType<Date, never, never>;
  /** Until then the outbox sends nothing: a pause of Telegram, or the interval of a chat. */
  closed_until: ColumnType<Date | null, never, never>;
  closed_at: ColumnType<Date | null, never, never>;
  /** New incidents of late, as a level that sinks by `STORM_THRESHOLD` in `STORM_WINDOW`; as of `burst_at`. */
  burst: number;
  burst_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, never>;
}
