import { FailedJobsQuery, JobCount } from '@incidents/contracts';
import { deleteFailedJobs } from '@incidents/core/job/delete-failed-jobs';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const deleteFailedJobsRoute = defineRoute(
  {
    operationId: 'deleteFailedJobs',
    method: 'delete',
    path: '/jobs/failed',
    tag: 'queue',
    scope: 'jobs:write',
    summary: 'Delete every failed job of a task',
    description: 'Deleted jobs do not run again; the deliveries that they would have sent become `skipped`.',
    input: { query: FailedJobsQuery },
    replies: { 200: { description: 'The number of jobs.', schema: JobCount } },
    problems: ['unavailable'],
  },
  async ({ input, context }) => {
    const jobs = await deleteFailedJobs(context, input.query.task);
    return jsonReply({ jobs } satisfies JobCount);
  },
);
