import { Session } from '@incidents/contracts';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';
import { toSession } from '../../http/to-session.ts';

export const getSessionRoute = defineRoute(
  {
    operationId: 'getSession',
    method: 'get',
    path: '/session',
    tag: 'session',
    scope: 'any_key',
    summary: 'Identify the caller',
    description: 'The holder of the session or key, and its scopes.',
    input: {},
    replies: { 200: { description: 'The caller.', schema: Session } },
    problems: ['unavailable'],
  },
  ({ caller, dependencies }) =>
    jsonReply(toSession(dependencies.authentication, caller), { 'Cache-Control': 'no-store' }),
);
