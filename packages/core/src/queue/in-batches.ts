/** Most jobs that one statement or transaction changes: none lasts long, however many there are. */
const BATCH = 1_000;

/**
 * Changes jobs part by part, in the order of their ids, each of them once: one that fails again meanwhile is left.
 * @param change changes the next ones behind `after`, and returns the ids of those that it had before it
 * @returns how many it was
 */
export async function inBatches(
  change: (page: { after: number; limit: number }) => Promise<number[]>,
): Promise<number> {
  let changed = 0;
  for (let after = 0; ; ) {
    const ids = await change({ after, limit: BATCH });
    changed += ids.length;
    const last = ids.at(-1);
    if (last === undefined || ids.length < BATCH) return changed;
    after = last;
  }
}
