import type { Scope } from '@incidents/contracts';
import { recordApiKeyUse } from '@incidents/db/queries/api-key/record-api-key-use';
import { findUsableSessions } from '@incidents/db/queries/session/find-usable-sessions';
import { selectKnownScopes } from '../api-key/select-known-scopes.ts';
import type { Context } from '../context.ts';

export interface VerifiedSession {
  digest: Buffer;
  /** Undefined for a session of `ADMIN_API_KEY`. */
  key: { id: number; name: string; scopes: Scope[] } | undefined;
  /** Milliseconds until the session or its key expires. */
  expiresIn: number;
  expiresAt: string;
}

/** Records the use of their keys, to the minute. A session ends with its key, and when `ADMIN_API_KEY` changes. */
export async function verifySessions(
  { db }: Pick<Context, 'db'>,
  digests: Buffer[],
  adminKeyDigest: Buffer | undefined,
): Promise<VerifiedSession[]> {
  const rows = await findUsableSessions(db, digests, adminKeyDigest ?? null);
  return rows.map(({ digest, key, expires_in: expiresIn, expires_at: expiresAt }) => {
    // Not awaited: a database that takes no writes now is no reason to refuse a session.
    if (key?.is_use_due) void recordApiKeyUse(db, key.id).catch(() => {});
    return {
      digest,
      key: key === null ? undefined : { id: key.id, name: key.name, scopes: selectKnownScopes(key.scopes) },
      expiresIn,
      expiresAt,
    };
  });
}
