import type { Context } from 'hono';
import type { HonoEnv } from './hono-env.ts';

/** HTTP/1.0 may omit the header; the adapter's URL then has a host. */
export const getRequestHost = (c: Context<HonoEnv>): string =>
  c.req.header('host') ?? new URL(c.req.url).host;
