import { pruneIncidentsJob, pruneJobRunsJob } from '@incidents/jobs/catalog';
import type { JobDefinition } from '@incidents/jobs/define-job';
import { type ParsedCronItem, parseCronItems } from 'graphile-worker';

const everyHour = ({ name, maxAttempts, key }: JobDefinition, minute: number) => ({
  task: name,
  match: `${minute} * * * *`,
  options: { maxAttempts, ...(key !== undefined && { jobKey: key }) },
});

/** Jobs that are queued by the clock (UTC), once for all workers. Not on the hour, when other schedules run. */
export const cronItems: ParsedCronItem[] = parseCronItems([
  everyHour(pruneJobRunsJob, 17),
  everyHour(pruneIncidentsJob, 37),
]);
