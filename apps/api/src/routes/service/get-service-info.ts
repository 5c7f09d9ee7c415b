import { ServiceInfo } from '@incidents/contracts';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';
import { version } from '../../version.ts';

export const getServiceInfoRoute = defineRoute(
  {
    operationId: 'getServiceInfo',
    method: 'get',
    path: '/',
    tag: 'service',
    scope: 'public',
    summary: 'What this is',
    input: {},
    replies: { 200: { description: 'Name, version, and where the documentation is.', schema: ServiceInfo } },
    problems: [],
  },
  () => jsonReply({ message: 'Incident Management API', docs: '/docs', version }),
);
