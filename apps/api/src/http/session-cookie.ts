import { SESSION_LIFETIME_SECONDS } from '@incidents/core/session/create-session';
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import type { HonoEnv } from './hono-env.ts';

export const SESSION_COOKIE = 'incidents_session';

export const readSessionCookie = (c: Context<HonoEnv>): string | undefined => getCookie(c, SESSION_COOKIE);

export const isSessionId = (text: string): boolean => /^[\w-]{43}$/.test(text);

export const startCookie = (c: Context<HonoEnv>, trustedHops: number, id: string): string =>
  sessionCookie(c, trustedHops, `${id}; Max-Age=${SESSION_LIFETIME_SECONDS}`);

export const endCookie = (c: Context<HonoEnv>, trustedHops: number): string =>
  sessionCookie(c, trustedHops, '; Max-Age=0');

const sessionCookie = (c: Context<HonoEnv>, trustedHops: number, valueAndAge: string): string =>
  `${SESSION_COOKIE}=${valueAndAge}; Path=/; HttpOnly; SameSite=Strict${isBehindTls(c, trustedHops) ? '; Secure' : ''}`;

/** Of several proxies the first trusted one knows the client's scheme; some proxies replace the header instead of appending. */
function isBehindTls(c: Context<HonoEnv>, trustedHops: number): boolean {
  if (trustedHops === 0) return false;
  const schemes = c.req.header('x-forwarded-proto')?.split(',') ?? [];
  return (schemes.at(-trustedHops) ?? schemes[0])?.trim().toLowerCase() === 'https';
}
