import { defineRoute } from '../../http/define-route.ts';
import { openapiJson } from '../../openapi.ts';

export const getOpenapi = defineRoute(
  {
    operationId: 'getOpenapi',
    method: 'get',
    path: '/openapi.json',
    tag: 'service',
    summary: 'This document',
    input: {},
    replies: { 200: { description: 'OpenAPI 3.1.', contentType: 'application/json' } },
    problems: [],
  },
  ({ c }) => c.body(openapiJson(), 200, { 'Content-Type': 'application/json' }),
);
