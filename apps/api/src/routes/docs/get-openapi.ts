import document from '../../../openapi.json' with { type: 'json' };
import { defineRoute } from '../../http/define-route.ts';

// Written by `pnpm openapi` from the routes, this one among them.
const text = JSON.stringify(document);

export const getOpenapi = defineRoute(
  {
    operationId: 'getOpenapi',
    method: 'get',
    path: '/openapi.json',
    tag: 'service',
    scope: 'public',
    summary: 'This document',
    input: {},
    replies: { 200: { description: 'OpenAPI 3.1.', contentTypes: ['application/json'] } },
    problems: [],
  },
  ({ c }) => c.body(text, 200, { 'Content-Type': 'application/json' }),
);
