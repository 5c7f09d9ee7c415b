import { randomBytes } from 'node:crypto';
import type { CreateApiKey, CreatedApiKey } from '@incidents/contracts';
import { insertApiKey } from '@incidents/db/queries/api-key/insert-api-key';
import type { Context } from '../context.ts';
import { hashApiKey } from './hash-api-key.ts';
import { toApiKey } from './to-api-key.ts';

/** By this whoever finds one somewhere, a person or a program that looks for secrets, knows what it is. */
const MARK = 'inc_';

/** Characters of a key that are kept, so that people can tell which it is; 48 of its 256 bits. */
const PREFIX_LENGTH = MARK.length + 8;

/** Makes a key of 256 random bits. It is in what this returns and nowhere else: its digest is stored. */
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
