import type { ColumnType, Generated } from 'kysely';
import type { ChannelName } from './channel.ts';

export interface RecipientTestTable {
  id: Generated<number>;
  channel: ChannelName;
  recipient: string;
  ok: boolean | null;
  /** What the server answered, or the error. */
  detail: string | null;
  created_at: ColumnType<Date, never, never>;
  finished_at: ColumnType<Date | null, never, Date>;
}
