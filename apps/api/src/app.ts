import { Hono } from 'hono';
import { allowOrigins } from './http/allow-origins.ts';
import type { Dependencies } from './http/dependencies.ts';
import type { Environment } from './http/environment.ts';
import { observe } from './http/observe.ts';
import { onError } from './http/on-error.ts';
import { HttpProblem } from './http/problem.ts';
import { securityHeaders } from './http/security-headers.ts';
import { routes } from './routes/index.ts';

/** The whole application, without a socket: `app.request()` in tests, a server in `main.ts`. */
export function createApp(dependencies: Dependencies): Hono<Environment> {
  const app = new Hono<Environment>();
  const replyTo = onError(dependencies);
  app.onError(replyTo);
  // Not thrown: Hono calls this outside of the handlers, and the error would pass `observe` by, unlogged.
  app.notFound((c) => replyTo(new HttpProblem('route_not_found'), c));
  app.use(observe(dependencies));
  app.use(securityHeaders);
  if (dependencies.corsOrigins.length > 0) app.use(allowOrigins(dependencies.corsOrigins));

  // Path by path, so that one with a name in it, such as /jobs/failed, is never taken for one with an id.
  for (const [documented, operations] of Map.groupBy(routes, ({ definition }) => bare(definition.path))) {
    const methods = operations.map(({ definition }) => definition.method.toUpperCase());
    const allow = (methods.includes('GET') ? ['HEAD', ...methods] : methods).sort().join(', ');
    for (const path of spellings(documented)) {
      for (const { definition, handle } of operations) {
        app.on(definition.method, path, (c) => handle(c, dependencies));
      }
      // Whoever gets here knows the address but not what it takes.
      app.all(path, () => {
        throw new HttpProblem('method_not_allowed', {}, { Allow: allow });
      });
    }
  }
  return app;
}

/** A bare path as Hono writes it, with and without a slash at its end. */
function spellings(documented: string): string[] {
  const path = documented.replaceAll(/\{(\w+)\}/g, ':$1');
  return path === '/' ? [path] : [path, `${path}/`];
}

/** A path without a slash at its end. */
const bare = (path: string) => (path === '/' ? path : path.replace(/\/$/, ''));
