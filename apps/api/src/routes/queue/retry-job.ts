import { Job, JobPath } from '@incidents/contracts';
import { retryJob } from '@incidents/core/job/retry-job';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const retryJobRoute = defineRoute(
  {
    operationId: 'retryJob',
    method: 'post',
    path: '/jobs/{id}/retry',
    tag: 'queue',
    scope: 'jobs:write',
    summary: 'Run a job again, or now',
    description:
      'Starts a new series of attempts now, of a failed or a scheduled job. 409 if the job is running or done.',
    input: { path: JobPath },
    replies: { 200: { description: 'The waiting job.', schema: Job } },
    problems: ['job_not_found', 'job_not_changeable', 'unavailable'],
  },
  async ({ input, context }) => jsonReply(await retryJob(context, input.path.id)),
);
