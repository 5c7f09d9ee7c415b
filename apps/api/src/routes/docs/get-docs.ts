import { defineRoute } from '../../http/define-route.ts';
import { swaggerUi } from './swagger-ui.ts';

export const getDocsRoute = defineRoute(
  {
    operationId: 'getDocs',
    method: 'get',
    path: '/docs',
    tag: 'service',
    scope: 'public',
    summary: 'Show this document (Swagger UI)',
    input: {},
    replies: { 200: { description: 'The page.', contentTypes: ['text/html'] } },
    problems: [],
  },
  () => ({ status: 200, headers: { 'Content-Type': 'text/html; charset=UTF-8' }, body: swaggerUi.page }),
);
