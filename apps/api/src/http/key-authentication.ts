import { keyDigest } from '@incidents/core/api-key/key-digest';
import { type KeyHolder, verifyApiKeys } from '@incidents/core/api-key/verify-api-keys';
import type { Context as CoreContext } from '@incidents/core/context';
import type { Context } from 'hono';
import type { Authentication, Caller } from './authentication.ts';
import type { HonoEnv } from './hono-env.ts';
import { createKeyLookups } from './key-lookups.ts';
import { HttpProblem } from './problem.ts';

/** Milliseconds for which a key is taken without asking again: a revoked one is refused within five seconds. */
const REMEMBERED_FOR = 3_000;

/** Keys that are remembered at a time. */
const MOST_REMEMBERED = 10_000;

/** A key that was asked for. */
interface Remembered {
  holder: Promise<Caller | undefined>;
  /** By `performance.now()`. */
  until: number;
}

/**
 * Takes `Authorization: Bearer` and `X-API-Key`; the former counts where both are given.
 * @param adminKey one that may do everything and stands in no database
 */
export function createKeyAuthentication(db: CoreContext['db'], adminKey: string | undefined): Authentication {
  const admin = adminKey === undefined ? undefined : nameOf(keyDigest(adminKey));
  const remembered = new Map<string, Remembered>();
  const findNewHolder = createKeyLookups(db);
  // At once: a key that was good a moment ago does not wait for the new ones.
  const findKnownHolder = async (digest: Buffer) => (await verifyApiKeys({ db }, [digest]))[0];

  async function toCaller(found: Promise<KeyHolder | undefined>, entry: Remembered) {
    const key = await found;
    if (key === undefined) return undefined;
    if (key.expiresIn !== null) entry.until = Math.min(entry.until, performance.now() + key.expiresIn);
    return { actor: `key:${key.id}:${key.name}`, rateLimitKey: `key:${key.id}`, scopes: key.scopes };
  }

  /** What is not known to be good is looked up each time. Requests with the same key at once share one look-up. */
  function holderOf(digest: Buffer): Promise<Caller | undefined> {
    const name = nameOf(digest);
    if (name === admin) return Promise.resolve(ADMIN);
    const known = remembered.get(name);
    if (known !== undefined && known.until > performance.now()) return known.holder;
    const entry: Remembered = {
      holder: Promise.resolve(undefined),
      until: performance.now() + REMEMBERED_FOR,
    };
    const forget = () => {
      if (remembered.get(name) === entry) remembered.delete(name);
    };
    // Still one that was good, though nobody could say whether it is.
    const asBefore = () => {
      if (known === undefined) forget();
      else if (remembered.get(name) === entry) remembered.set(name, known);
    };
    const findHolder = known === undefined ? findNewHolder : findKnownHolder;
    entry.holder = toCaller(findHolder(digest), entry);
    entry.holder.then((holder) => holder === undefined && forget(), asBefore);
    remembered.delete(name);
    remembered.set(name, entry);
    const [oldest] = remembered.keys();
    if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    return entry.holder;
  }

  return {
    async authenticate(c) {
      const key = keyIn(c);
      if (key === undefined) throw unauthenticated('Bearer');
      const holder = await holderOf(keyDigest(key));
      if (holder === undefined) throw unauthenticated('Bearer error="invalid_token"');
      return holder;
    },
  };
}

const ADMIN: Caller = { actor: 'key:ADMIN_API_KEY', rateLimitKey: 'key:ADMIN_API_KEY', scopes: ['admin'] };

const nameOf = (digest: Buffer) => digest.toString('base64');

const unauthenticated = (challenge: string) =>
  new HttpProblem('unauthenticated', {}, { 'WWW-Authenticate': challenge });

function keyIn(c: Context<HonoEnv>): string | undefined {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '') ?? [];
  return bearer ?? c.req.header('x-api-key');
}
