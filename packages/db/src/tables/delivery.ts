import type { ColumnType, Generated } from 'kysely';
import type { ChannelName, TransportName } from './channel.ts';

export type DeliveryState = 'pending' | 'sending' | 'sent' | 'logged' | 'failed' | 'skipped';

/** One message about one event to one recipient over one channel. The row alone owns attempts and age. */
export interface DeliveryTable {
  id: Generated<number>;
  event_id: number;
  /** Null when a worker from before migration 0010 planned it, which has a job for it. */
  outbox_id: number | null;
  incident_id: number;
  channel: ChannelName;
  transport: TransportName;
  /** An e-mail address, or `chat` or `chat:topic`; `log` where the channel has no recipients. */
  recipient: string;
  state: DeliveryState;
  /** Begun sends of the current series; a send that the channel only asked to postpone does not count. */
  attempts: number;
  /** What the channel calls the message: a Message-ID, or Telegram's number of it. */
  provider_message_id: string | null;
  last_error: string | null;
  claimed_by: string | null;
  /** Not before this; null once nothing more is to happen. */
  next_attempt_at: ColumnType<Date | null, never, never>;
  /** Whether it waits for the next digest of its recipient instead of a message of its own. */
  digest: boolean;
  /** When the current series of attempts began: its age decides when to give up. */
  series_began_at: ColumnType<Date, never, never>;
  sent_at: ColumnType<Date | null, never, never>;
  created_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, never>;
}
