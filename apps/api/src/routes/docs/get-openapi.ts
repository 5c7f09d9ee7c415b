import document from '../../../openapi.json' with { type: 'json' };
import { defineRoute } from '../../http/define-route.ts';
import { sharedBody } from './shared-body.ts';

// Written by `pnpm openapi` from the routes, this one among them.
const bytes = Buffer.from(JSON.stringify(document));

export const getOpenapiRoute = defineRoute(
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
  () => ({
    status: 200,
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': String(bytes.length),
    },
    body: sharedBody(bytes),
  }),
);
