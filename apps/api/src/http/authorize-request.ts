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
  scope: Scope | 'any_key',
  dependencies: Dependencies,
  replyHeaders: Record<string, string>,
): Promise<Caller> {
  try {
    const caller = await countRequest(
      c,
      dependencies.authentication.authenticate(c),
      dependencies,
      replyHeaders,
    );
    return scope === 'any_key' ? caller : requireScope(caller, scope);
  } catch (error) {
    // The body stays unread, so the connection cannot be reused.
    if (!isRead(c)) replyHeaders.Connection = 'close';
    throw error;
  }
}

/**
 * Counts the request for its caller. Requests without a valid key count for their address.
 * @throws HttpProblem rate_limited, and the errors of `authentication`
 */
export async function countRequest(
  c: Context<HonoEnv>,
  authentication: Promise<Caller>,
  { rateLimits, trustedProxyHops }: Dependencies,
  replyHeaders: Record<string, string>,
): Promise<Caller> {
  const consume = async (rateLimitKey = clientAddress(c, trustedProxyHops)) => {
    // At once, so that the headers also stand on the reply to a later error.
    Object.assign(replyHeaders, await rateLimits.consume(rateLimitKey, isRead(c) ? 'reads' : 'writes'));
  };
  const caller = await authentication.catch(async (error: unknown) => {
    if (error instanceof HttpProblem && error.code === 'unauthenticated') await consume();
    throw error;
  });
  await consume(caller.rateLimitKey);
  return caller;
}

/** @throws HttpProblem insufficient_scope */
export function requireScope(caller: Caller, scope: Scope): Caller {
  if (caller.scopes.includes(scope) || caller.scopes.includes('admin')) return caller;
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  throw new HttpProblem('insufficient_scope', {}, { 'WWW-Authenticate': challenge }, scope);
}

const isRead = (c: Context<HonoEnv>) => c.req.method === 'GET' || c.req.method === 'HEAD';
