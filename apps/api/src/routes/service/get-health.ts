import { Health } from '@incidents/contracts';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const getHealthRoute = defineRoute(
  {
    operationId: 'getHealth',
    method: 'get',
    path: '/healthz',
    tag: 'service',
    scope: 'public',
    summary: 'Check that the process runs',
    description: 'Without the database. For a liveness probe: restart the process when it fails.',
    input: {},
    replies: { 200: { description: 'The process runs.', schema: Health } },
    problems: [],
  },
  () => jsonReply({ status: 'ok' }),
);
