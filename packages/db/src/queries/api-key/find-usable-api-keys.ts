import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { isoTime } from '../iso-time.ts';

export interface UsableApiKey {
  digest: Buffer;
  id: number;
  name: string;
  scopes: string[];
  /** Milliseconds, by the database's clock; null for a key without an end. */
  expires_in: number | null;
  expires_at: string | null;
  /** Whether its last use was recorded more than a minute ago. */
  is_use_due: boolean;
}

export const findUsableApiKeys = (db: Kysely<Database>, digests: Buffer[]): Promise<UsableApiKey[]> =>
  db
    .selectFrom('api_keys')
    .select([
      'digest',
      'id',
      'name',
      'scopes',
      // Not of the difference: PostgreSQL 15 and 16 subtract no infinity, which stands for "never" in rows edited by hand.
      sql<number | null>`(extract(epoch from expires_at) - extract(epoch from now()))::float8 * 1000`.as(
        'expires_in',
      ),
      isoTime<string | null>('expires_at').as('expires_at'),
      sql<boolean>`coalesce(last_used_at not between now() - interval '1 minute' and now() + interval '1 minute', true)`.as(
        'is_use_due',
      ),
    ])
    .where('digest', '=', sql<Buffer>`any(${digests}::bytea[])`)
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]))
    .execute();
