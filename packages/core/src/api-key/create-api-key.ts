import { randomBytes } from 'node:crypto';
import type { CreateApiKey, CreatedApiKey } from '@incidents/contracts';
import { insertApiKey } from '@incidents/db/queries/api-key/insert-api-key';
import type { Context } from '../context.ts';
import { hashApiKey } from './hash-api-key.ts';
import { toApiKey } from './to-api-key.ts';

/** Lets people and secret scanners recognise a key. */
const MARK = 'inc_';

/** Characters that are stored in clear to identify a key: 48 of its 256 bits. */
const PREFIX_LENGTH = MARK.length + 8;

/** Creates a key of 256 random bits. Only the result contains it: the database stores its digest. */
export async function createApiKey(
  { db }: Pick<Context, 'db'>,
  { name, scopes, expires_at }: CreateApiKey,
): Promise<CreatedApiKey> {
  const key = `${MARK}${randomBytes(32).toString('base64url')}`;
  const row = await insertApiKey(db, {
    name,
    prefix: key.slice(0, PREFIX_LENGTH),
    digest: hashApiKey(key),
    scopes: [...new Set(scopes)],
    expiresAt: expires_at === undefined ? undefined : new Date(expires_at),
  });
  return { ...toApiKey(row), key };
}
