import document from '../../../openapi.json' with { type: 'json' };
import { defineRoute } from '../../http/define-route.ts';
import { createStaticReplies } from '../../http/static-replies.ts';

// The committed file, as its generator imports this route.
const createReplies = (json: string) =>
  createStaticReplies(Buffer.from(json), { 'Content-Type': 'application/json' });
const replyWithKeys = createReplies(JSON.stringify(document));
const replyWithoutKeys = createReplies(JSON.stringify(document, omitSecurity));

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
  ({ c, dependencies: { authentication } }) =>
    authentication.requiresKey ? replyWithKeys(c) : replyWithoutKeys(c),
);
