import type { ColumnType, Generated } from 'kysely';
import type { ChannelName } from './channel.ts';

/** A test message that was asked for, and its result once a worker has sent it. */
export interface RecipientTestTable {
  id: Generated<number>;
  channel: ChannelName;
  recipient: string;
  /** Null until it has ended. */
  ok: boolean | null;
  /** What the server answered, or the error. */
  detail: string | null;
  created_at: ColumnType<Date, never, never>;
  finished_at: ColumnType<Date | null, never, Date>;
}
