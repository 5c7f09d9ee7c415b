import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { HonoEnv } from './hono-env.ts';

/** Allows CORS for these origins, without the browser's credentials. */
export const allowOrigins = (origins: string[]): MiddlewareHandler<HonoEnv> =>
  cors({
    origin: origins,
    allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'Last-Event-ID', 'Prefer', 'X-API-Key', 'X-Request-Id'],
    exposeHeaders: [
      'Link',
      'Preference-Applied',
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'X-Ignored-Parameters',
      'X-Request-Id',
      'X-Total-Count',
    ],
    maxAge: 600,
  });
