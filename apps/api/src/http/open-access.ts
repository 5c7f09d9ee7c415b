import type { Context } from 'hono';
import type { Authentication } from './authentication.ts';
import type { HonoEnv } from './hono-env.ts';
import { HttpProblem } from './problem.ts';

/**
 * Lets in without a key what comes from this machine, as far as a request shows that.
 * @param corsOrigins origins whose pages may use this service from a browser
 */
export const createOpenAccess = (corsOrigins: string[]): Authentication => ({
  async authenticate(c) {
    if (!isLoopback(hostOf(c).replace(/:\d*$/, '')) || isForwarded(c))
      throw new HttpProblem('host_not_local');
    if (isOfForeignPage(c, corsOrigins)) throw new HttpProblem('cross_site_request');
    return { actor: 'anonymous', rateLimitKey: undefined, scopes: ['admin'] };
  },
});

/**
 * Browsers send `Sec-Fetch-Site` with every request to a loopback address: `same-origin`, `none` (typed by the user),
 * `same-site` or `cross-site`. Browsers before 2023 may not; their `Origin` is missing from a plain GET.
 */
function isOfForeignPage(c: Context<HonoEnv>, corsOrigins: string[]): boolean {
  const origin = c.req.header('origin');
  if (origin !== undefined && corsOrigins.includes(origin)) return false;
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return origin !== undefined && origin !== `http://${hostOf(c)}`;
}

/** RFC 7239, RFC 9110 and RFC 8586; then what reverse proxies, load balancers and CDNs send beside or instead of these. */
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

/** Whether a proxy says that it has brought the request: from anywhere, and under any Host that it likes. */
const isForwarded = (c: Context<HonoEnv>): boolean =>
  FORWARDING_HEADERS.some((name) => c.req.header(name) !== undefined);

/** Whether a name or address, as it stands in a URL, always means this machine. */
export const isLoopback = (host: string): boolean =>
  /^(?:(?:[\w-]+\.)*localhost\.?|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);

/** The host that was asked for; Node's server makes it up where HTTP/1.0 leaves it out. */
const hostOf = (c: Context<HonoEnv>): string => c.req.header('host') ?? new URL(c.req.url).host;
