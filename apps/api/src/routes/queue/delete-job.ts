import { JobCount, JobPath } from '@incidents/contracts';
import { deleteJob } from '@incidents/core/job/delete-job';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const deleteJobRoute = defineRoute(
  {
    operationId: 'deleteJob',
    method: 'delete',
    path: '/jobs/{id}',
    tag: 'queue',
    scope: 'jobs:write',
    summary: 'Delete a job',
    description:
      'The job does not run again; the deliveries that it would have sent become `skipped`. 409 if it is running or done.',
    input: { path: JobPath },
    replies: { 200: { description: 'One job.', schema: JobCount } },
    problems: ['job_not_found', 'job_not_changeable', 'unavailable'],
  },
  async ({ input, context }) => {
    await deleteJob(context, input.path.id);
    return jsonReply({ jobs: 1 } satisfies JobCount);
  },
);
