import { LRUCache } from 'lru-cache';
import type { Caller } from './authentication.ts';
import { createDigestLookups } from './digest-lookups.ts';

/** From the start of the look-up. With the next look-up a revoked key is refused within five seconds. */
const CALLER_TTL_MS = 3_000;

const MAX_CACHED_CALLERS = 10_000;

export interface VerifiedCaller {
  digest: Buffer;
  caller: Caller;
  /** Milliseconds until the key or session expires; null for never. */
  expiresIn: number | null;
}

export interface CallerCache {
  find(digest: Buffer): Caller | Promise<Caller | undefined>;
  delete(digest: Buffer): void;
}

/** Callers by the digest of their key or session. Concurrent requests share a look-up. Unknown digests are not cached. */
export function createCallerCache(verify: (digests: Buffer[]) => Promise<VerifiedCaller[]>): CallerCache {
  const callers = new LRUCache<string, Caller>({
    max: MAX_CACHED_CALLERS,
    ttl: CALLER_TTL_MS,
    ttlResolution: 0,
    // An expired caller stays one that is looked up at once, also after a failed look-up.
    noDeleteOnStaleGet: true,
  });
  const lookups = new Map<string, Promise<Caller | undefined>>();
  const findNew = createDigestLookups(verify);
  const findKnown = async (digest: Buffer) => (await verify([digest]))[0];

  async function lookUp(digest: Buffer, text: string): Promise<Caller | undefined> {
    const startedAt = performance.now();
    const isKnown = callers.peek(text, { allowStale: true }) !== undefined;
    const found = await (isKnown ? findKnown : findNew)(digest);
    if (found === undefined) {
      callers.delete(text);
      return undefined;
    }
    const expiresIn = found.expiresIn ?? Number.POSITIVE_INFINITY;
    const ttl = Math.min(CALLER_TTL_MS, performance.now() - startedAt + expiresIn);
    callers.set(text, found.caller, { start: startedAt, ttl });
    return found.caller;
  }

  return {
    find(digest) {
      const text = toText(digest);
      const cached = callers.get(text);
      if (cached !== undefined) return cached;
      let lookup = lookups.get(text);
      if (lookup === undefined) {
        lookup = lookUp(digest, text).finally(() => lookups.delete(text));
        lookups.set(text, lookup);
      }
      return lookup;
    },
    delete(digest) {
      callers.delete(toText(digest));
    },
  };
}

const toText = (digest: Buffer) => digest.toString('base64');
