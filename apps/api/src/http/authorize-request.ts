import type { Scope } from '@incidents/contracts';
import type { Context } from 'hono';
import type { Caller } from './authentication.ts';
import { clientAddress } from './client-address.ts';
import type { Dependencies } from './dependencies.ts';
import type { HonoEnv } from './hono-env.ts';
import { HttpProblem } from './problem.ts';

/** @throws HttpProblem one of `authorizationProblems`, or rate_limited; the body is not read yet */
export async function authorizeRequest(
  c: Context<HonoEnv>,
  scope: Scope,
  { authentication, rateLimits, trustedProxyHops }: Dependencies,
  replyHeaders: Record<string, string>,
): Promise<Caller> {
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
  const consume = async (rateLimitKey = clientAddress(c, trustedProxyHops)) => {
    // At once, so that the headers also stand on the reply to a later error.
    Object.assign(replyHeaders, await rateLimits.consume(rateLimitKey, isRead ? 'reads' : 'writes'));
  };
  try {
    const caller = await authentication.authenticate(c).catch(async (error: unknown) => {
      // Requests without a valid key count against their address.
      if (error instanceof HttpProblem && error.code === 'unauthenticated') await consume();
      throw error;
    });
    await consume(caller.rateLimitKey);
    if (caller.scopes.includes(scope) || caller.scopes.includes('admin')) return caller;
  } catch (error) {
    // The body stays unread, so the connection cannot be reused.
    if (!isRead) replyHeaders.Connection = 'close';
    throw error;
  }
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  throw new HttpProblem(
    'insufficient_scope',
    {},
    { 'WWW-Authenticate': challenge, ...(!isRead && { Connection: 'close' }) },
    scope,
  );
}
