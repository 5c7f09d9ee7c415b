import { Statistics } from '@incidents/contracts';
import { getStatistics } from '@incidents/core/statistics/get-statistics';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const getStatisticsRoute = defineRoute(
  {
    operationId: 'getStatistics',
    method: 'get',
    path: '/statistics',
    tag: 'statistics',
    scope: 'incidents:read',
    summary: 'Count incidents',
    description:
      'Totals by status and by source, and incidents per UTC day for the last 30 days. A job updates the figures moments after a write.',
    input: {},
    replies: { 200: { description: 'The figures.', schema: Statistics } },
    problems: ['unavailable'],
  },
  async ({ context }) => jsonReply(await getStatistics(context)),
);
