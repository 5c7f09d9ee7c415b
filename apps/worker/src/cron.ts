import { pruneJobRunsJob } from '@incidents/jobs/catalog';
import { type ParsedCronItem, parseCronItems } from 'graphile-worker';

/** Jobs that are queued by the clock (UTC), once for all workers. */
export const cronItems: ParsedCronItem[] = parseCronItems([
  {
    task: pruneJobRunsJob.name,
    // Not on the hour, when other schedules run.
    match: '17 * * * *',
    options: {
      maxAttempts: pruneJobRunsJob.maxAttempts,
      ...(pruneJobRunsJob.key !== undefined && { jobKey: pruneJobRunsJob.key }),
    },
  },
]);
