import document from '../../../openapi.json' with { type: 'json' };
import { defineRoute } from '../../http/define-route.ts';
import { sharedBody } from './shared-body.ts';

// The committed file, as its generator imports this route.
const withKeys = Buffer.from(JSON.stringify(document));
const withoutKeys = Buffer.from(JSON.stringify(document, omitSecurity));

/** For `AUTH=off`: Swagger UI and generated clients ask for no key. */
function omitSecurity(name: string, value: unknown): unknown {
  return name === 'security' || name === 'securitySchemes' ? undefined : value;
}

export const getOpenapiRoute = defineRoute(
  {
    operationId: 'getOpenapi',
    method: 'get',
    path: '/openapi.json',
    tag: 'service',
    scope: 'public',
    summary: 'Get this document',
    description: 'With `AUTH=off` it demands no keys.',
    input: {},
    replies: { 200: { description: 'OpenAPI 3.1.', contentTypes: ['application/json'] } },
    problems: [],
  },
  ({ dependencies: { authentication } }) => {
    const bytes = authentication.requiresKey ? withKeys : withoutKeys;
    return {
      status: 200,
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': String(bytes.length),
      },
      body: sharedBody(bytes),
    };
  },
);
