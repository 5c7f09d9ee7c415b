import { FailedJobsQuery, JobCount } from '@incidents/contracts';
import { retryFailedJobs as retryFailedJobsVerb } from '@incidents/core/queue/retry-job';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const retryFailedJobs = defineRoute(
  {
    operationId: 'retryFailedJobs',
    method: 'post',
    path: '/jobs/failed/retry',
    tag: 'queue',
    scope: 'jobs:write',
    summary: 'Run every failed job of a task again',
    input: { query: FailedJobsQuery },
    replies: { 200: { description: 'How many it was.', schema: JobCount } },
    problems: ['unavailable'],
  },
  async ({ input, context }) => {
    const jobs = await retryFailedJobsVerb(context, input.query.task);
    return jsonReply({ jobs } satisfies JobCount);
  },
);
