import { keyDigest } from '@incidents/core/api-key/key-digest';
import { useApiKey } from '@incidents/core/api-key/use-api-key';
import type { Context as CoreContext } from '@incidents/core/context';
import type { Context } from 'hono';
import type { Authentication, Caller } from './authentication.ts';
import { clientAddress } from './client-address.ts';
import type { Environment } from './environment.ts';
import { HttpProblem } from './problem.ts';
import type { RateLimits } from './rate-limits.ts';

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

/** What it goes by beside the database. */
export interface KeyAuthenticationOptions {
  /** One that may do everything and stands in no database. */
  adminKey: string | undefined;
  /** Where wrong keys are counted. */
  rateLimits: Pick<RateLimits, 'chargeGuess' | 'forgiveGuess'>;
  trustedProxyHops: number;
}

/** Takes `Authorization: Bearer` and `X-API-Key`; the former counts where both are given. */
export function keyAuthentication(
  db: CoreContext['db'],
  { adminKey, rateLimits, trustedProxyHops }: KeyAuthenticationOptions,
): Authentication {
  const admin = adminKey === undefined ? undefined : nameOf(keyDigest(adminKey));
  const remembered = new Map<string, Remembered>();

  async function lookUp(
    digest: Buffer,
    entry: Remembered,
    { isNew, address }: { isNew: boolean; address: string },
  ): Promise<Caller | undefined> {
    // Not for one that was good a moment ago: whoever has it must not suffer from those who guess beside it.
    if (isNew) await rateLimits.chargeGuess(address);
    const key = await useApiKey({ db }, digest);
    if (key === undefined) return undefined;
    if (isNew) await rateLimits.forgiveGuess(address);
    if (key.expiresIn !== null) entry.until = Math.min(entry.until, performance.now() + key.expiresIn);
    return { actor: `key:${key.id}:${key.name}`, account: `key:${key.id}`, scopes: key.scopes };
  }

  /**
   * What is not known to be good is asked for each time. Those who ask for the same at once share the answer.
   * @param address where it comes from
   */
  function holderOf(digest: Buffer, address: string): Promise<Caller | undefined> {
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
    entry.holder = lookUp(digest, entry, { isNew: known === undefined, address });
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
      const holder = await holderOf(keyDigest(key), clientAddress(c, trustedProxyHops));
      if (holder === undefined) throw unauthenticated('Bearer error="invalid_token"');
      return holder;
    },
  };
}

const ADMIN: Caller = { actor: 'key:ADMIN_API_KEY', account: 'key:ADMIN_API_KEY', scopes: ['admin'] };

const nameOf = (digest: Buffer) => digest.toString('base64');

const unauthenticated = (challenge: string) =>
  new HttpProblem('unauthenticated', {}, { 'WWW-Authenticate': challenge });

function keyIn(c: Context<Environment>): string | undefined {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '') ?? [];
  return bearer ?? c.req.header('x-api-key');
}
