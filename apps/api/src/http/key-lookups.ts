import { setTimeout as sleep } from 'node:timers/promises';
import { type KeyHolder, verifyApiKeys } from '@incidents/core/api-key/verify-api-keys';
import type { Context as CoreContext } from '@incidents/core/context';

const LOOKUP_INTERVAL_MS = 20;

/** Keys of an interval share a statement: at most 50 per second. A valid key waits one interval at most. */
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

  return async function findHolder(digest: Buffer): Promise<KeyHolder | undefined> {
    next ??= prepareLookup();
    const { digests, holders } = next;
    digests.push(digest);
    return (await holders).find((holder) => holder.digest.equals(digest));
  };
}
