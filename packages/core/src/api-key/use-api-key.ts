import { ApiKey, type Scope } from '@incidents/contracts';
import { useApiKey as selectApiKey } from '@incidents/db/queries/api-keys';
import type { Context } from '../context.ts';

/** Whose key it is, and what it may do. */
export interface KeyHolder {
  id: number;
  name: string;
  scopes: Scope[];
  /** Milliseconds until it expires; null for never. */
  expiresIn: number | null;
}

/** @returns who holds the key with this digest; undefined when it is unknown, was revoked or has expired */
export async function useApiKey({ db }: Pick<Context, 'db'>, digest: Buffer): Promise<KeyHolder | undefined> {
  const row = await selectApiKey(db, digest);
  if (row === undefined) return undefined;
  return {
    id: row.id,
    name: row.name,
    scopes: ApiKey.shape.scopes.parse(row.scopes),
    expiresIn: row.expires_in,
  };
}
