/** Jobs per statement or transaction, so that none lasts long. */
const BATCH = 1_000;

/** Goes by ascending ids: a job that fails again is not changed twice. `change` returns the changed ids. */
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
