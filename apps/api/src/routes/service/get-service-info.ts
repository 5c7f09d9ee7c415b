import { ServiceInfo } from '@incidents/contracts';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';
import { version } from '../../version.ts';
import { consoleReply } from '../console-reply.ts';

export const getServiceInfoRoute = defineRoute(
  {
    operationId: 'getServiceInfo',
    method: 'get',
    path: '/',
    tag: 'service',
    scope: 'public',
    summary: 'Identify the service',
    description: 'Leads a browser to the console.',
    hasPage: true,
    input: {},
    replies: {
      200: { description: 'Name, version and address of the documentation.', schema: ServiceInfo },
      ...consoleReply,
    },
    problems: [],
  },
  () => jsonReply({ message: 'Incident Management API', docs: '/docs', version }),
);
