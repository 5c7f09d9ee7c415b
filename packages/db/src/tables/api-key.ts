import type { ColumnType, Generated } from 'kysely';

export interface ApiKeyTable {
  id: Generated<number>;
  /** Whose it is, 1–100 characters; several may have the same. */
  name: string;
  prefix: string;
  /** SHA-256 of the key: 256 random bits need no slow hash. */
  digest: Buffer;
  scopes: string[];
  created_at: ColumnType<Date, never, never>;
  expires_at: ColumnType<Date | null, Date | null, never>;
  /** To the minute; null before the first use. */
  last_used_at: ColumnType<Date | null, never, Date>;
  revoked_at: ColumnType<Date | null, never, Date>;
}
