import { deleteOldJobRuns } from '@incidents/db/queries/job-run/delete-old-job-runs';
import { deleteOldRecipientTests } from '@incidents/db/queries/recipient-test/delete-old-recipient-tests';
import type { Context } from '../context.ts';

/** Most runs that one statement forgets: none lasts long, however many there are. */
const BATCH = 5_000;

/**
 * Deletes the runs of jobs and the tests of recipients that are older than a day. Stops when `signal` is aborted; the next
 * call continues.
 * @returns how many runs were deleted
 */
export async function pruneJobRuns({ db }: Context, signal: AbortSignal): Promise<number> {
  await deleteOldRecipientTests(db);
  let pruned = 0;
  for (let last = BATCH; last === BATCH && !signal.aborted; pruned += last) {
    last = await deleteOldJobRuns(db, BATCH);
  }
  return pruned;
}
