import type { ColumnType, Generated } from 'kysely';
import type { ChannelName, TransportName } from './channel.ts';

export type DeliveryState = 'pending' | 'sending' | 'sent' | 'logged' | 'failed' | 'skipped';

/** One message about one event to one recipient over one channel. Attempts and age are stored here alone. */
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
  /** Begun sends of the current series, without `closed` and `interrupted` results. */
  attempts: number;
  /** What the channel calls the message: a Message-ID, or Telegram's number of it. */
  provider_message_id: string | null;
  last_error: string | null;
  claimed_by: string | null;
  /** Earliest time of the next attempt; null in a final state. */
  next_attempt_at: ColumnType<Date | null, never, never>;
  /** Whether it waits for the next digest of its recipient instead of a message of its own. */
  digest: boolean;
  /** Start of the current series of attempts. Its age decides when the delivery fails. */
  series_began_at: ColumnType<Date, never, never>;
  sent_at: ColumnType<Date | null, never, never>;
  created_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, never>;
}
