import type { ColumnType } from 'kysely';

/** The first reply to an `Idempotency-Key`, for retries of the same request. */
export interface IdempotencyKeyTable {
  actor: string;
  key: string;
  /** A digest of the operation and its input. */
  fingerprint: string;
  status: number;
  reply: object;
  created_at: ColumnType<Date, never, never>;
}
