import { sql } from 'kysely';
import type { RecipientTestTable } from '../../tables/recipient-test.ts';

export interface RecipientTestRow
  extends Pick<RecipientTestTable, 'channel' | 'recipient' | 'ok' | 'detail'> {
  id: number;
  /** Milliseconds from the request to the end, or until now. */
  duration_ms: number;
}

export const recipientTestColumns = [
  'id',
  'channel',
  'recipient',
  'ok',
  'detail',
  sql<number>`greatest(0, round(
    extract(epoch from coalesce(finished_at, clock_timestamp()) - created_at) * 1000))::float8`.as(
    'duration_ms',
  ),
] as const;
