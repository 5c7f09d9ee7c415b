import document from '../../../openapi.json' with { type: 'json' };
import { defineRoute } from '../../http/define-route.ts';
import { sharedBody } from './shared-body.ts';

// The committed file, as its generator imports this route.
const bytes = Buffer.from(JSON.stringify(document));

export const getOpenapiRoute = defineRoute(
  {
    operationId: 'getOpenapi',
    method: 'get',
    path: '/openapi.json',
    tag: 'service',
    scope: 'public',
    summary: 'Get this document',
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
