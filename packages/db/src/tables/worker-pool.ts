import type { ColumnType } from 'kysely';
import type { ChannelName, TransportName } from './channel.ts';

export interface WorkerPoolTable {
  /** What the queue's locks carry. */
  pool_id: string;
  /** The smallest number that was free when it started; names the task of its heartbeat jobs. */
  slot: number;
  /** `host:pid`. */
  name: string;
  concurrency: number;
  tasks: string[];
  recipients: {
    channel: ChannelName;
    transport: TransportName;
    recipient: string;
    sources: string[] | null;
    severities: string[] | null;
  }[];
  started_at: ColumnType<Date, never, never>;
  heartbeat_at: ColumnType<Date, never, never>;
}
