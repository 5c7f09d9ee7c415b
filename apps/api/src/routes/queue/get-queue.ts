import { Queue } from '@incidents/contracts';
import { getQueue } from '@incidents/core/job/get-queue';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const getQueueRoute = defineRoute(
  {
    operationId: 'getQueue',
    method: 'get',
    path: '/queue',
    tag: 'queue',
    scope: 'jobs:read',
    summary: 'Read the state of the queue',
    description:
      'Numbers and ages of jobs, the runs of the last hour, and the living workers. Each process caches the figures for two seconds.',
    input: {},
    replies: { 200: { description: 'The figures.', schema: Queue } },
    problems: ['unavailable'],
  },
  async ({ context }) => jsonReply(await getQueue(context)),
);
