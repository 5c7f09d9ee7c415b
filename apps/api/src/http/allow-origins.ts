import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { HonoEnv } from './hono-env.ts';

/** Lets pages of these origins, and of no others, ask and read. Never with the browser's own credentials. */
export const allowOrigins = (origins: string[]): MiddlewareHandler<HonoEnv> =>
  cors({
    origin: origins,
    allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'Prefer', 'X-API-Key', 'X-Request-Id'],
    exposeHeaders: [
      'Link',
      'Preference-Applied',
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'X-Request-Id',
      'X-Total-Count',
    ],
    maxAge: 600,
  });
