import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { isoTime } from './iso-time.ts';

/** A key to the API without its digest; times are ISO 8601 in UTC. */
export interface ApiKeyRow {
  id: number;
  name: string;
  prefix: string;
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}

const columns = sql`id, name, prefix, scopes, ${isoTime('created_at')} as created_at,
  ${isoTime('expires_at')} as expires_at, ${isoTime('last_used_at')} as last_used_at,
  ${isoTime('revoked_at')} as revoked_at`;

/** Stores a key. */
export async function insertApiKey(
  db: Kysely<Database>,
  key: { name: string; prefix: string; digest: Buffer; scopes: string[]; expiresAt: Date | undefined },
): Promise<ApiKeyRow> {
  const { rows } = await sql<ApiKeyRow>`
    insert into api_keys (name, prefix, digest, scopes, expires_at)
    values (${key.name}, ${key.prefix}, ${key.digest}, ${key.scopes}::text[], ${key.expiresAt ?? null}::timestamptz)
    returning ${columns}`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('the insert of a key returned no row');
  return row;
}

/** Keys in the order in which they were made. */
export async function listApiKeys(
  db: Kysely<Database>,
  page: { skip: number; limit: number },
): Promise<ApiKeyRow[]> {
  const { rows } = await sql<ApiKeyRow>`
    select ${columns} from api_keys order by id limit ${page.limit} offset ${page.skip}`.execute(db);
  return rows;
}

/**
 * Refuses a key from now on; one that was revoked before keeps its time.
 * @returns the key, or undefined when there is none with this id
 */
export async function revokeApiKey(db: Kysely<Database>, id: number): Promise<ApiKeyRow | undefined> {
  const { rows } = await sql<ApiKeyRow>`
    update api_keys set revoked_at = coalesce(revoked_at, now()) where id = ${id}
    returning ${columns}`.execute(db);
  return rows[0];
}

/** A key that may be used now. */
export interface UsableApiKey {
  digest: Buffer;
  id: number;
  name: string;
  scopes: string[];
  /** Milliseconds, by the database's clock; null for never. */
  expires_in: number | null;
  /** Whether its last use was noted more than a minute ago. */
  is_use_due: boolean;
}

/** Finds the keys with these digests that are neither revoked nor expired, by the database's clock. Writes nothing. */
export async function findUsableApiKeys(db: Kysely<Database>, digests: Buffer[]): Promise<UsableApiKey[]> {
  const { rows } = await sql<UsableApiKey>`
    select digest, id, name, scopes,
      -- Not of the difference: PostgreSQL 15 and 16 subtract no infinity, which a hand may write for "never".
      (extract(epoch from expires_at) - extract(epoch from now()))::float8 * 1000 as expires_in,
      coalesce(last_used_at not between now() - interval '1 minute' and now() + interval '1 minute', true) as is_use_due
    from api_keys
    where digest = any(${digests}::bytea[]) and revoked_at is null and (expires_at is null or expires_at > now())`.execute(
    db,
  );
  return rows;
}

/** Notes that a key was used; waits for nobody who is changing it. */
export async function noteApiKeyUse(db: Kysely<Database>, id: number): Promise<void> {
  await sql`
    update api_keys set last_used_at = now()
    where id = (select id from api_keys where id = ${id} for update skip locked)`.execute(db);
}
