import { Job, JobPath } from '@incidents/contracts';
import { retryJob } from '@incidents/core/queue/retry-job';
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
      'Begins a new series of attempts, now, whether the job has failed or waits for a later time. One that is running or done is left alone: 409.',
    input: { path: JobPath },
    replies: { 200: { description: 'The job, waiting.', schema: Job } },
    problems: ['job_not_found', 'job_not_changeable', 'unavailable'],
  },
  async ({ input, context }) => jsonReply(await retryJob(context, input.path.id)),
);
