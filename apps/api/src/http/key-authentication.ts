import { hashApiKey } from '@incidents/core/api-key/hash-api-key';
import { type KeyHolder, verifyApiKeys } from '@incidents/core/api-key/verify-api-keys';
import type { Context as CoreContext } from '@incidents/core/context';
import type { Context } from 'hono';
import { LRUCache } from 'lru-cache';
import type { Authentication, Caller } from './authentication.ts';
import type { HonoEnv } from './hono-env.ts';
import { createKeyLookups } from './key-lookups.ts';
import { HttpProblem } from './problem.ts';

/** From the start of the look-up. With the next look-up a revoked key is refused within five seconds. */
const KEY_TTL_MS = 3_000;

const MAX_CACHED_KEYS = 10_000;

/** With both headers, `Authorization: Bearer` counts, not `X-API-Key`. `adminKey` has scope `admin`. */
export function createKeyAuthentication(db: CoreContext['db'], adminKey: string | undefined): Authentication {
  const adminDigest = adminKey === undefined ? undefined : toText(hashApiKey(adminKey));
  const callers = new LRUCache<string, Caller>({
    max: MAX_CACHED_KEYS,
    ttl: KEY_TTL_MS,
    ttlResolution: 0,
    // An expired caller stays one whose key is looked up at once, also after a failed look-up.
    noDeleteOnStaleGet: true,
  });
  const lookups = new Map<string, Promise<Caller | undefined>>();
  const findNewHolder = createKeyLookups(db);
  const findKnownHolder = async (digest: Buffer) => (await verifyApiKeys({ db }, [digest]))[0];

  async function lookUpCaller(digest: Buffer, text: string): Promise<Caller | undefined> {
    const startedAt = performance.now();
    const isKnown = callers.peek(text, { allowStale: true }) !== undefined;
    const holder = await (isKnown ? findKnownHolder : findNewHolder)(digest);
    if (holder === undefined) {
      callers.delete(text);
      return undefined;
    }
    const caller = toCaller(holder);
    const expiresIn = holder.expiresIn ?? Number.POSITIVE_INFINITY;
    const ttl = Math.min(KEY_TTL_MS, performance.now() - startedAt + expiresIn);
    callers.set(text, caller, { start: startedAt, ttl });
    return caller;
  }

  /** Concurrent requests with one key share a look-up. Unknown keys are not cached. */
  function findCaller(digest: Buffer): Caller | Promise<Caller | undefined> {
    const text = toText(digest);
    if (text === adminDigest) return ADMIN;
    const cached = callers.get(text);
    if (cached !== undefined) return cached;
    let lookup = lookups.get(text);
    if (lookup === undefined) {
      lookup = lookUpCaller(digest, text).finally(() => lookups.delete(text));
      lookups.set(text, lookup);
    }
    return lookup;
  }

  return {
    requiresKey: true,
    async authenticate(c) {
      const key = readKey(c);
      if (key === undefined) throw unauthenticated('Bearer');
      const caller = await findCaller(hashApiKey(key));
      if (caller === undefined) throw unauthenticated('Bearer error="invalid_token"');
      return caller;
    },
  };
}

const ADMIN: Caller = { actor: 'key:ADMIN_API_KEY', rateLimitKey: 'key:ADMIN_API_KEY', scopes: ['admin'] };

const toCaller = ({ id, name, scopes }: KeyHolder): Caller => ({
  actor: `key:${id}:${name}`,
  rateLimitKey: `key:${id}`,
  scopes,
});

const toText = (digest: Buffer) => digest.toString('base64');

const unauthenticated = (challenge: string) =>
  new HttpProblem('unauthenticated', {}, { 'WWW-Authenticate': challenge });

function readKey(c: Context<HonoEnv>): string | undefined {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '') ?? [];
  return bearer ?? c.req.header('x-api-key');
}
