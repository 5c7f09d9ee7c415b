import type { Context } from '@incidents/core/context';
import { deleteOldIdempotencyKeys } from '@incidents/db/queries/idempotency-key/delete-old-idempotency-keys';
import { deleteOldJobRuns } from '@incidents/db/queries/job-run/delete-old-job-runs';
import { deleteOldRecipientTests } from '@incidents/db/queries/recipient-test/delete-old-recipient-tests';
import { deleteExpiredSessions } from '@incidents/db/queries/session/delete-expired-sessions';
import { deleteUnusedFigures } from '@incidents/db/queries/statistics/delete-unused-figures';
import { pruneJobRunsJob } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

/** Rows per statement, so that no statement lasts long. */
const BATCH = 5_000;

/**
 * Deletes job runs, recipient tests and idempotency keys that are older than a day, expired sessions, and figures that no
 * reply shows. The next call continues an aborted one.
 */
export async function pruneJobRuns({ db }: Pick<Context, 'db'>, signal: AbortSignal) {
  await deleteOldRecipientTests(db);
  await deleteExpiredSessions(db);
  const pruneWith = async (deleteBatch: (limit: number) => Promise<number>) => {
    let pruned = 0;
    for (let last = BATCH; last === BATCH && !signal.aborted; pruned += last) last = await deleteBatch(BATCH);
    return pruned;
  };
  return {
    runs: await pruneWith((limit) => deleteOldJobRuns(db, limit)),
    idempotencyKeys: await pruneWith((limit) => deleteOldIdempotencyKeys(db, limit)),
    figures: await pruneWith((limit) => deleteUnusedFigures(db, limit)),
  };
}

export const pruneJobRunsTask = defineTask(pruneJobRunsJob, async (_payload, { context, logger, signal }) => {
  logger.debug(await pruneJobRuns(context, signal), 'old records deleted');
});
