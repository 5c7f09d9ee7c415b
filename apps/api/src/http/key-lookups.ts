import { setTimeout as sleep } from 'node:timers/promises';
import { type KeyHolder, verifyApiKeys } from '@incidents/core/api-key/verify-api-keys';
import type { Context as CoreContext } from '@incidents/core/context';

const LOOKUP_INTERVAL_MS = 20;

/**
 * Keys that arrive within an interval share one statement. So a flood of wrong keys costs the database 50 statements per
 * second, and delays a valid key by one interval at most.
 */
export function createKeyLookups(db: CoreContext['db']) {
  let lastStart = Number.NEGATIVE_INFINITY;
  let next: { digests: Buffer[]; holders: Promise<KeyHolder[]> } | undefined;

  function prepareLookup() {
    const digests: Buffer[] = [];
    const delay = lastStart + LOOKUP_INTERVAL_MS - performance.now();
    const start = delay > 0 ? sleep(delay) : Promise.resolve();
    const holders = start.then(() => {
      lastStart = performance.now();
      next = undefined;
      return verifyApiKeys({ db }, digests);
    });
    return { digests, holders };
  }

  /** @returns the holder of the key with this digest; undefined when it is unknown, revoked or expired */
  return async function findHolder(digest: Buffer): Promise<KeyHolder | undefined> {
    next ??= prepareLookup();
    const { digests, holders } = next;
    digests.push(digest);
    return (await holders).find((holder) => holder.digest.equals(digest));
  };
}
