import type { ColumnType } from 'kysely';

/** Has either `key_id` or `admin_key_digest`. */
export interface SessionTable {
  /** SHA-256 of the id, which has 256 random bits. */
  digest: Buffer;
  key_id: number | null;
  /** SHA-256 of the `ADMIN_API_KEY` that signed in. */
  admin_key_digest: Buffer | null;
  created_at: ColumnType<Date, never, never>;
  expires_at: ColumnType<Date, Date, never>;
}
