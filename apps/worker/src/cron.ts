import { pruneJobRuns } from '@incidents/jobs/catalog';
import { type ParsedCronItem, parseCronItems } from 'graphile-worker';

/** What is queued by the clock (UTC), once however many workers there are. */
export const cronItems: ParsedCronItem[] = parseCronItems([
  {
    task: pruneJobRuns.name,
    // Some minute that is not everybody's.
    match: '17 * * * *',
    options: {
      maxAttempts: pruneJobRuns.maxAttempts,
      // One that is late does the work of all: hours with an idle or broken worker leave one job, not many.
      jobKey: pruneJobRuns.name,
    },
  },
]);
