import type { Context } from '@incidents/core/context';
import { deleteOldJobRuns } from '@incidents/db/queries/job-run/delete-old-job-runs';
import { deleteOldRecipientTests } from '@incidents/db/queries/recipient-test/delete-old-recipient-tests';
import { pruneJobRunsJob } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

/** Runs per statement, so that no statement lasts long. */
const BATCH = 5_000;

/** Deletes job runs and recipient tests that are older than a day. The next call continues an aborted one. */
export async function pruneJobRuns({ db }: Pick<Context, 'db'>, signal: AbortSignal): Promise<number> {
  await deleteOldRecipientTests(db);
  let pruned = 0;
  for (let last = BATCH; last === BATCH && !signal.aborted; pruned += last) {
    last = await deleteOldJobRuns(db, BATCH);
  }
  return pruned;
}

export const pruneJobRunsTask = defineTask(pruneJobRunsJob, async (_payload, { context, logger, signal }) => {
  const runs = await pruneJobRuns(context, signal);
  logger.debug({ runs }, 'job runs deleted');
});
