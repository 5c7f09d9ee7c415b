import { setTimeout as sleep } from 'node:timers/promises';

const LOOKUP_INTERVAL_MS = 20;

/** Digests of an interval share a statement: at most 50 per second. A valid one waits one interval at most. */
export function createDigestLookups<Found extends { digest: Buffer }>(
  verify: (digests: Buffer[]) => Promise<Found[]>,
) {
  let lastStart = Number.NEGATIVE_INFINITY;
  let next: { digests: Buffer[]; found: Promise<Found[]> } | undefined;

  function prepareLookup() {
    const digests: Buffer[] = [];
    const delay = lastStart + LOOKUP_INTERVAL_MS - performance.now();
    const start = delay > 0 ? sleep(delay) : Promise.resolve();
    const found = start.then(() => {
      lastStart = performance.now();
      next = undefined;
      return verify(digests);
    });
    return { digests, found };
  }

  return async function lookUp(digest: Buffer): Promise<Found | undefined> {
    next ??= prepareLookup();
    const { digests, found } = next;
    digests.push(digest);
    return (await found).find((entry) => entry.digest.equals(digest));
  };
}
