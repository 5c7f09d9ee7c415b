import type { Context } from 'hono';
import type { HonoEnv } from './hono-env.ts';

/** The path as sent, percent-encoded; `c.req.path` is decoded. */
export const requestPath = (c: Context<HonoEnv>): string =>
  /^[a-z]+:\/\/[^/]*([^?#]*)/i.exec(c.req.url)?.[1] ?? '';
