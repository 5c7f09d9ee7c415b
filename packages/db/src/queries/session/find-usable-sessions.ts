import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { isoTime } from '../iso-time.ts';

export interface UsableSession {
  digest: Buffer;
  /** Milliseconds until the session or its key expires, by the database's clock. */
  expires_in: number;
  expires_at: string;
  /** Null for a session of `ADMIN_API_KEY`. */
  key: { id: number; name: string; scopes: string[]; is_use_due: boolean } | null;
}

/** Sessions that have not expired, of usable keys, or of the `ADMIN_API_KEY` with this digest. */
export async function findUsableSessions(
  db: Kysely<Database>,
  digests: Buffer[],
  adminKeyDigest: Buffer | null,
): Promise<UsableSession[]> {
  const { rows } = await sql<UsableSession>`
    select digest, key, ${isoTime('ends_at')} as expires_at,
      (extract(epoch from ends_at) - extract(epoch from now()))::float8 * 1000 as expires_in
    from (
      select sessions.digest, least(sessions.expires_at, api_keys.expires_at) as ends_at,
        case when api_keys.id is not null then json_build_object(
          'id', api_keys.id, 'name', name, 'scopes', scopes,
          'is_use_due', coalesce(last_used_at not between now() - interval '1 minute' and now() + interval '1 minute', true)
        ) end as key
      from sessions left join api_keys on api_keys.id = key_id
      where sessions.digest = any(${digests}::bytea[]) and revoked_at is null
        and (api_keys.id is not null or admin_key_digest = ${adminKeyDigest}::bytea)
    ) as session
    where ends_at > now()`.execute(db);
  return rows;
}
