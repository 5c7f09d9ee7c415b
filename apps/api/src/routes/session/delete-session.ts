import { Session } from '@incidents/contracts';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';
import { endCookie, readSessionCookie } from '../../http/session-cookie.ts';
import { toSession } from '../../http/to-session.ts';

export const deleteSessionRoute = defineRoute(
  {
    operationId: 'deleteSession',
    method: 'delete',
    path: '/session',
    tag: 'session',
    scope: 'any_key',
    summary: 'Sign out',
    description: 'Every API process refuses the session within five seconds. The key stays valid.',
    input: {},
    replies: {
      200: {
        description: 'The caller who has signed out.',
        schema: Session,
        headers: { 'Set-Cookie': 'An expired cookie `incidents_session`.' },
      },
    },
    problems: ['unavailable'],
  },
  async ({ caller, dependencies, c }) => {
    const { authentication, trustedProxyHops } = dependencies;
    const id = readSessionCookie(c);
    if (id !== undefined) await authentication.endSession(id);
    return jsonReply(toSession(authentication, caller), {
      'Cache-Control': 'no-store',
      'Set-Cookie': endCookie(c, trustedProxyHops),
    });
  },
);
