import type { Scope } from '@incidents/contracts';
import { findUsableApiKeys } from '@incidents/db/queries/api-key/find-usable-api-keys';
import { recordApiKeyUse } from '@incidents/db/queries/api-key/record-api-key-use';
import type { Context } from '../context.ts';
import { selectKnownScopes } from './select-known-scopes.ts';

interface KeyHolder {
  digest: Buffer;
  id: number;
  name: string;
  scopes: Scope[];
  /** Milliseconds until it expires; null for never. */
  expiresIn: number | null;
  expiresAt: string | null;
}

/** Records the use of good keys, to the minute. An unknown, revoked or expired key has no holder. */
export async function verifyApiKeys({ db }: Pick<Context, 'db'>, digests: Buffer[]): Promise<KeyHolder[]> {
  const rows = await findUsableApiKeys(db, digests);
  return rows.map((row) => {
    // Not awaited: a database that takes no writes now is no reason to refuse a key.
    if (row.is_use_due) void recordApiKeyUse(db, row.id).catch(() => {});
    return {
      digest: row.digest,
      id: row.id,
      name: row.name,
      scopes: selectKnownScopes(row.scopes),
      expiresIn: row.expires_in,
      expiresAt: row.expires_at,
    };
  });
}
