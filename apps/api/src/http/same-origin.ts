import type { Context } from 'hono';
import { getRequestHost } from './get-request-host.ts';
import type { HonoEnv } from './hono-env.ts';
import { HttpProblem } from './problem.ts';

/**
 * Protects changes that a cookie authenticates from pages of other origins (CSRF). Pages send `X-Requested-By` to another
 * origin after a preflight only, which allows it to none.
 * @throws HttpProblem not_same_origin
 */
export function requireSameOrigin(c: Context<HonoEnv>): void {
  if (c.req.method === 'GET' || c.req.method === 'HEAD' || c.req.header('x-requested-by') !== undefined)
    return;
  const site = c.req.header('sec-fetch-site');
  const isSameOrigin = site === undefined ? hasOwnOrigin(c) : site === 'same-origin';
  if (!isSameOrigin) throw new HttpProblem('not_same_origin');
}

/** For browsers before 2023. A proxy with TLS changes the scheme, so hosts are compared. */
function hasOwnOrigin(c: Context<HonoEnv>): boolean {
  const origin = c.req.header('origin') ?? '';
  return URL.canParse(origin) && new URL(origin).host === getRequestHost(c).toLowerCase();
}
