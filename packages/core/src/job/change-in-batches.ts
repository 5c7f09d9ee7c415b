/** Jobs per statement or transaction, so that none lasts long. */
const BATCH = 1_000;

/**
 * Changes jobs batch by batch, in the order of their ids. A job that fails again meanwhile is not changed twice.
 * @param change changes the next jobs after `after` and returns their ids
 * @returns the number of changed jobs
 */
export async function changeInBatches(
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
