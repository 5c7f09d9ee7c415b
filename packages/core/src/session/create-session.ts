import { randomBytes } from 'node:crypto';
import { insertSession } from '@incidents/db/queries/session/insert-session';
import { hashApiKey } from '../api-key/hash-api-key.ts';
import type { Context } from '../context.ts';

export const SESSION_LIFETIME_SECONDS = 12 * 60 * 60;

/** The key behind a session: by its id, or by its digest for the key of the environment. */
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
