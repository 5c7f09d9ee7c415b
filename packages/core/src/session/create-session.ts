import { randomBytes } from 'node:crypto';
import { insertSession } from '@incidents/db/queries/session/insert-session';
import { hashApiKey } from '../api-key/hash-api-key.ts';
import type { Context } from '../context.ts';

export const SESSION_LIFETIME_SECONDS = 12 * 60 * 60;

/** Who signs in: a key by its id, or the key of the environment by its digest. */
type SessionHolder = { keyId: number } | { adminKeyDigest: Buffer | undefined };

/** Returns the id of the session, 256 random bits in base64url. The database stores its digest. */
export async function createSession({ db }: Pick<Context, 'db'>, holder: SessionHolder): Promise<string> {
  const id = randomBytes(32).toString('base64url');
  await insertSession(db, {
    digest: hashApiKey(id),
    keyId: 'keyId' in holder ? holder.keyId : null,
    adminKeyDigest: 'adminKeyDigest' in holder ? (holder.adminKeyDigest ?? null) : null,
    lifetimeSeconds: SESSION_LIFETIME_SECONDS,
  });
  return id;
}
