import type { ColumnType } from 'kysely';
import type { ChannelName, TransportName } from './channel.ts';

/** A runner of jobs that says every second that it is alive. */
export interface WorkerPoolTable {
  /** What the queue's locks carry. */
  pool_id: string;
  /** The smallest number that was free when it started; names the task of its heartbeat jobs. */
  slot: number;
  /** `host:pid`. */
  name: string;
  /** Jobs that it runs at the same time. */
  concurrency: number;
  /** The tasks that it knows, without its heartbeat. */
  tasks: string[];
  /** The recipients that it is configured with. */
  recipients: {
    channel: ChannelName;
    transport: TransportName;
    recipient: string;
    sources: string[] | null;
  }[];
  started_at: ColumnType<Date, never, never>;
  heartbeat_at: ColumnType<Date, never, never>;
}
