import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { Dependencies } from './dependencies.ts';
import type { Environment } from './environment.ts';
import { requestPath } from './request-path.ts';

/** What a caller may name its request: short, and harmless in a log or a header. */
const ACCEPTABLE_ID = /^[\w.:-]{1,64}$/;

/** Asked many times a minute by whatever watches the service. */
const PROBES = new Set(['/healthz', '/readyz']);

/** Gives each request its id (the caller's `X-Request-Id`, or a new one) and logs it once, when it is answered. */
export const observe =
  ({ logger, isStopping }: Pick<Dependencies, 'logger' | 'isStopping'>): MiddlewareHandler<Environment> =>
  async (c, next) => {
    const begun = performance.now();
    const given = c.req.header('x-request-id');
    const requestId = given !== undefined && ACCEPTABLE_ID.test(given) ? given : randomUUID();
    c.set('requestId', requestId);
    c.header('X-Request-Id', requestId);

    await next();

    // Asked last: a request that was under way when the end began must not keep its connection either.
    if (isStopping()) c.header('Connection', 'close');

    const line = {
      request_id: requestId,
      method: c.req.method,
      path: requestPath(c),
      status: c.res.status,
      duration_ms: Math.round((performance.now() - begun) * 10) / 10,
    };
    if (PROBES.has(line.path)) logger.debug(line, 'request');
    else logger.info(line, 'request');
  };
