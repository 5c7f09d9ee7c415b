import { deleteOldJobRuns } from '@incidents/db/queries/job-runs';
import type { Context } from '../context.ts';

/** Most runs that one statement forgets: none lasts long, however many there are. */
const BATCH = 5_000;

/**
 * Forgets the runs that are older than a day, until there are none or `signal` is aborted; the next time goes on.
 * @returns how many
 */
export async function pruneJobRuns({ db }: Context, signal: AbortSignal): Promise<number> {
  let pruned = 0;
  for (let last = BATCH; last === BATCH && !signal.aborted; pruned += last) {
    last = await deleteOldJobRuns(db, BATCH);
  }
  return pruned;
}
