import type { ColumnType, Generated } from 'kysely';
import type { ChannelName } from './channel.ts';

/** Everything that waits for one mailbox or chat. One worker pool at a time sends from it. */
export interface OutboxTable {
  id: Generated<number>;
  channel: ChannelName;
  /** A mailbox, or a chat without its topics: they share the chat's limits. */
  address: string;
  /** The worker pool that sends from it; null for none. It counts only while that pool is alive. */
  owner: string | null;
  /** Counts what was put into it. The owner gives the outbox up only when it has seen all of that. */
  wakeups: number;
  /** The next look into it; `infinity` when nothing waits. */
  due_at: ColumnType<Date, never, never>;
  /** Nothing leaves before: Telegram asked for a pause, or the chat's interval is not over. */
  closed_until: ColumnType<Date | null, never, never>;
  closed_at: ColumnType<Date | null, never, never>;
  /** New incidents of late, as a level that sinks by `STORM_THRESHOLD` in `STORM_WINDOW`; as of `burst_at`. */
  burst: number;
  burst_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, never>;
}
