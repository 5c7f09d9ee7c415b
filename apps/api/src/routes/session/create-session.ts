import { CreateSession, Session } from '@incidents/contracts';
import { countRequest } from '../../http/authorize-request.ts';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';
import { readSessionCookie, startCookie } from '../../http/session-cookie.ts';
import { toSession } from '../../http/to-session.ts';

export const createSessionRoute = defineRoute(
  {
    operationId: 'createSession',
    method: 'post',
    path: '/session',
    tag: 'session',
    scope: 'sign_in',
    summary: 'Sign in with a key',
    description:
      'The cookie has the rights of the key for 12 hours. The session ends within five seconds when the key is revoked or expires. With `AUTH=off` there is no session and no cookie.',
    input: { body: CreateSession },
    example: { key: 'inc_Zq3xT0aBM1nJk9dVw2yQh5sR7uXc4eFgLpK8tYbNzAo' },
    replies: {
      201: {
        description: 'The new session.',
        schema: Session,
        headers: { 'Set-Cookie': 'The cookie `incidents_session`.' },
      },
    },
    problems: ['unavailable'],
  },
  async ({ input, dependencies, replyHeaders, c }) => {
    const { authentication, trustedProxyHops } = dependencies;
    const holder = await countRequest(
      c,
      authentication.authenticateKey(c, input.body.key),
      dependencies,
      replyHeaders,
    );
    const session = await authentication.startSession(holder);
    const previous = readSessionCookie(c);
    if (previous !== undefined) await authentication.endSession(previous);
    return jsonReply(
      toSession(authentication, session?.caller ?? holder),
      {
        'Cache-Control': 'no-store',
        ...(session && { 'Set-Cookie': startCookie(c, trustedProxyHops, session.id) }),
      },
      201,
    );
  },
);
