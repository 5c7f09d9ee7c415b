import { pruneJobRuns as pruneJobRunsVerb } from '@incidents/core/queue/prune-job-runs';
import { pruneJobRuns as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

export const pruneJobRuns = defineTask(job, async (_payload, { context, logger, signal }) => {
  const runs = await pruneJobRunsVerb(context, signal);
  logger.debug({ runs }, 'job runs deleted');
});
