import { Queue } from '@incidents/contracts';
import { getQueue } from '@incidents/core/queue/get-queue';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const getQueueRoute = defineRoute(
  {
    operationId: 'getQueue',
    method: 'get',
    path: '/queue',
    tag: 'queue',
    scope: 'jobs:read',
    summary: 'See how the queue stands',
    description:
      'How many jobs there are and how old they are, the runs of the last hour, and the workers that are alive. Each process keeps the figures for two seconds, so that asking often costs nothing.',
    input: {},
    replies: { 200: { description: 'The figures.', schema: Queue } },
    problems: ['unavailable'],
  },
  async ({ context }) => jsonReply(await getQueue(context)),
);
