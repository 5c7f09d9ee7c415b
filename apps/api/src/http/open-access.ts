import type { Context } from 'hono';
import type { Authentication, Caller } from './authentication.ts';
import { getRequestHost } from './get-request-host.ts';
import type { HonoEnv } from './hono-env.ts';
import { HttpProblem } from './problem.ts';

/** Authentication for `AUTH=off`: accepts requests of this machine, as far as their headers show that. */
export function createOpenAccess(corsOrigins: string[]): Authentication {
  async function authenticate(c: Context<HonoEnv>): Promise<Caller> {
    if (!isLoopback(getRequestHost(c).replace(/:\d*$/, '')) || isForwarded(c))
      throw new HttpProblem('host_not_local');
    if (isCrossSite(c, corsOrigins)) throw new HttpProblem('cross_site_request');
    return ANYBODY;
  }
  return {
    requiresKey: false,
    authenticate,
    authenticateKey: authenticate,
    startSession: async () => undefined,
    endSession: async () => {},
  };
}

const ANYBODY: Caller = {
  actor: 'anonymous',
  rateLimitKey: undefined,
  scopes: ['admin'],
  key: undefined,
  expiresAt: null,
};

/** Browsers send `Sec-Fetch-Site` to loopback; those before 2023 may not, and a plain GET has no `Origin`. */
function isCrossSite(c: Context<HonoEnv>, corsOrigins: string[]): boolean {
  const origin = c.req.header('origin');
  if (origin !== undefined && corsOrigins.includes(origin)) return false;
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return origin !== undefined && origin !== `http://${getRequestHost(c)}`;
}

/** RFC 7239, RFC 9110 and RFC 8586; then the usual headers of reverse proxies, load balancers and CDNs. */
const FORWARDING_HEADERS = [
  'forwarded',
  'via',
  'cdn-loop',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'cf-connecting-ip',
  'true-client-ip',
];

/** A forwarded request may come from any machine, and its Host may be the proxy's choice. */
const isForwarded = (c: Context<HonoEnv>): boolean =>
  FORWARDING_HEADERS.some((name) => c.req.header(name) !== undefined);

export const isLoopback = (host: string): boolean =>
  /^(?:(?:[\w-]+\.)*localhost\.?|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
