import type { Scope } from '@incidents/contracts';
import type { Context } from 'hono';
import type { Caller } from './authentication.ts';
import { clientAddress } from './client-address.ts';
import type { Dependencies } from './dependencies.ts';
import type { Environment } from './environment.ts';
import { HttpProblem } from './problem.ts';

/**
 * Finds out who asks, counts the request, and says whether they may, before anything of it is read.
 * @throws HttpProblem with one of `refusals`, or rate_limited
 */
export async function admitCaller(
  c: Context<Environment>,
  scope: Scope,
  { authentication, rateLimits, trustedProxyHops }: Dependencies,
  replyHeaders: Record<string, string>,
): Promise<Caller> {
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
  const charge = async (account = clientAddress(c, trustedProxyHops)) => {
    // Now, so that they also stand on the reply when something is thrown later.
    Object.assign(replyHeaders, await rateLimits.charge(account, isRead ? 'reads' : 'writes'));
  };
  try {
    const caller = await authentication.authenticate(c).catch(async (error: unknown) => {
      // Requests without a key count against their address.
      if (error instanceof HttpProblem && error.code === 'unauthenticated') await charge();
      throw error;
    });
    await charge(caller.account);
    if (caller.scopes.includes(scope) || caller.scopes.includes('admin')) return caller;
  } catch (error) {
    // Its body is not read, so the connection cannot be used again.
    if (!isRead) replyHeaders.Connection = 'close';
    throw error;
  }
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  throw new HttpProblem(
    'insufficient_scope',
    {},
    { 'WWW-Authenticate': challenge, ...(!isRead && { Connection: 'close' }) },
  );
}
