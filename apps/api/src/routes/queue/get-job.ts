import { JobDetails, JobPath } from '@incidents/contracts';
import { getJob } from '@incidents/core/job/get-job';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const getJobRoute = defineRoute(
  {
    operationId: 'getJob',
    method: 'get',
    path: '/jobs/{id}',
    tag: 'queue',
    scope: 'jobs:read',
    summary: 'Read a job and its runs',
    description: 'A queued job, or one that finished within the last day.',
    input: { path: JobPath },
    replies: { 200: { description: 'The job.', schema: JobDetails } },
    problems: ['job_not_found', 'unavailable'],
  },
  async ({ input, context }) => jsonReply(await getJob(context, input.path.id)),
);
