import type { Scope } from '@incidents/contracts';
import { findUsableApiKey, noteApiKeyUse } from '@incidents/db/queries/api-keys';
import type { Context } from '../context.ts';
import { knownScopes } from './known-scopes.ts';

/** Whose key it is, and what it may do. */
export interface KeyHolder {
  id: number;
  name: string;
  scopes: Scope[];
  /** Milliseconds until it expires; null for never. */
  expiresIn: number | null;
}

/**
 * Notes, to the minute, that the key with this digest is used.
 * @returns who holds it; undefined when it is unknown, was revoked or has expired
 */
export async function useApiKey({ db }: Pick<Context, 'db'>, digest: Buffer): Promise<KeyHolder | undefined> {
  const row = await findUsableApiKey(db, digest);
  if (row === undefined) return undefined;
  // Nobody waits for it, and a database that takes no writes now is no reason to refuse a key.
  if (row.is_use_due) void noteApiKeyUse(db, row.id).catch(() => {});
  return {
    id: row.id,
    name: row.name,
    scopes: knownScopes(row.scopes),
    expiresIn: row.expires_in,
  };
}
