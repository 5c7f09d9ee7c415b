import { FailedJobsQuery, JobCount } from '@incidents/contracts';
import { retryFailedJobs } from '@incidents/core/job/retry-failed-jobs';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const retryFailedJobsRoute = defineRoute(
  {
    operationId: 'retryFailedJobs',
    method: 'post',
    path: '/jobs/failed/retry',
    tag: 'queue',
    scope: 'jobs:write',
    summary: 'Run every failed job of a task again',
    input: { query: FailedJobsQuery },
    replies: { 200: { description: 'The number of jobs.', schema: JobCount } },
    problems: ['unavailable'],
  },
  async ({ input, context }) => {
    const jobs = await retryFailedJobs(context, input.query.task);
    return jsonReply({ jobs } satisfies JobCount);
  },
);
