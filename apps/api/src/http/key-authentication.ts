import { hashApiKey } from '@incidents/core/api-key/hash-api-key';
import { verifyApiKeys } from '@incidents/core/api-key/verify-api-keys';
import type { Context as CoreContext } from '@incidents/core/context';
import { createSession } from '@incidents/core/session/create-session';
import { endSession } from '@incidents/core/session/end-session';
import { verifySessions } from '@incidents/core/session/verify-sessions';
import type { Context } from 'hono';
import type { Authentication, Caller } from './authentication.ts';
import { createCallerCache } from './caller-cache.ts';
import type { HonoEnv } from './hono-env.ts';
import { HttpProblem } from './problem.ts';
import { requireSameOrigin } from './same-origin.ts';
import { isSessionId, readSessionCookie } from './session-cookie.ts';

/** `Authorization: Bearer` precedes `X-API-Key`, and a key precedes the cookie. `adminKey` has scope `admin`. */
export function createKeyAuthentication(db: CoreContext['db'], adminKey: string | undefined): Authentication {
  const adminKeyDigest = adminKey === undefined ? undefined : hashApiKey(adminKey);

  const holdersOfKeys = createCallerCache(async (digests) =>
    (await verifyApiKeys({ db }, digests)).map(({ digest, expiresIn, ...holder }) => ({
      digest,
      expiresIn,
      caller: toCaller(holder, holder.expiresAt),
    })),
  );
  const holdersOfSessions = createCallerCache(async (digests) =>
    (await verifySessions({ db }, digests, adminKeyDigest)).map(({ digest, expiresIn, key, expiresAt }) => ({
      digest,
      expiresIn,
      caller: key === undefined ? { ...ADMIN, expiresAt } : toCaller(key, expiresAt),
    })),
  );

  async function authenticateKey(key: string): Promise<Caller> {
    const digest = hashApiKey(key);
    const caller = adminKeyDigest?.equals(digest) ? ADMIN : await holdersOfKeys.find(digest);
    if (caller === undefined) throw unauthenticated('Bearer error="invalid_token"');
    return caller;
  }

  async function authenticateSession(id: string): Promise<Caller> {
    const caller = isSessionId(id) ? await holdersOfSessions.find(hashApiKey(id)) : undefined;
    if (caller === undefined) throw unauthenticated('Bearer error="invalid_token"');
    return caller;
  }

  return {
    requiresKey: true,
    async authenticate(c) {
      const key = readKey(c);
      if (key !== undefined) return authenticateKey(key);
      const session = readSessionCookie(c);
      if (session === undefined) throw unauthenticated('Bearer');
      requireSameOrigin(c);
      return authenticateSession(session);
    },
    authenticateKey: (_c, key) => authenticateKey(key),
    async startSession({ key }) {
      const keyId = key?.id ?? undefined;
      const id = await createSession({ db }, keyId === undefined ? { adminKeyDigest } : { keyId });
      return { id, caller: await authenticateSession(id) };
    },
    async endSession(id) {
      await endSession({ db }, id);
      holdersOfSessions.delete(hashApiKey(id));
    },
  };
}

const ADMIN: Caller = {
  actor: 'key:ADMIN_API_KEY',
  rateLimitKey: 'key:ADMIN_API_KEY',
  scopes: ['admin'],
  key: { id: null, name: 'ADMIN_API_KEY' },
  expiresAt: null,
};

const toCaller = (
  { id, name, scopes }: { id: number; name: string; scopes: Caller['scopes'] },
  expiresAt: string | null,
): Caller => ({
  actor: `key:${id}:${name}`,
  rateLimitKey: `key:${id}`,
  scopes,
  key: { id, name },
  expiresAt,
});

const unauthenticated = (challenge: string) =>
  new HttpProblem('unauthenticated', {}, { 'WWW-Authenticate': challenge });

function readKey(c: Context<HonoEnv>): string | undefined {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '') ?? [];
  return bearer ?? c.req.header('x-api-key');
}
