import type { Context } from 'hono';
import type { Authentication } from './authentication.ts';
import type { Environment } from './environment.ts';
import { HttpProblem } from './problem.ts';
import { isJson } from './read-body.ts';

/**
 * Lets everybody in who reaches this service: whoever is on this machine, as long as it listens there alone. Pages elsewhere that its browsers show are not: a name of theirs that leads
 * here is refused, and so is whatever a page can send without having to ask first.
 */
export const openAccess: Authentication = {
  async authenticate(c) {
    if (!isLoopback(hostOf(c)) || isForwarded(c)) throw new HttpProblem('host_not_local');
    if (c.req.method === 'POST' && mayBeOfAPageElsewhere(c)) throw new HttpProblem('unsupported_media_type');
    return { actor: 'anonymous', account: undefined, scopes: ['admin'] };
  },
};

/**
 * Before it sends JSON, or one of the other methods, to another origin a browser asks, and CORS says no. Any other POST
 * it just sends, but never without saying where it is from.
 */
function mayBeOfAPageElsewhere(c: Context<Environment>): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site === 'same-origin' || isJson(c.req.header('content-type'))) return false;
  return site !== undefined || c.req.header('origin') !== undefined;
}

/** Whether a proxy has brought it, from wherever: it may call the host what it likes. */
const isForwarded = (c: Context<Environment>): boolean =>
  c.req.header('forwarded') !== undefined || c.req.header('x-forwarded-for') !== undefined;

/** Whether a name or address, as it stands in a URL, always means this machine. */
export const isLoopback = (host: string): boolean =>
  /^(?:(?:[\w-]+\.)*localhost\.?|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);

/** The host that was asked for, without its port; Node's server makes it up where HTTP/1.0 leaves it out. */
const hostOf = (c: Context<Environment>): string =>
  (c.req.header('host') ?? new URL(c.req.url).host).replace(/:\d*$/, '');
