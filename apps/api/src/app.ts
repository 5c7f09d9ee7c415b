import { Hono } from 'hono';
import type { Dependencies, Environment } from './http/environment.ts';
import { observe } from './http/observe.ts';
import { onError } from './http/on-error.ts';
import { HttpProblem } from './http/problem.ts';
import { routes } from './routes/index.ts';

/** The whole application, without a socket: `app.request()` in tests, a server in `main.ts`. */
export function createApp(dependencies: Dependencies): Hono<Environment> {
  const app = new Hono<Environment>();
  const replyTo = onError(dependencies);
  app.onError(replyTo);
  // Not thrown: Hono calls this outside of the handlers, and the error would pass `observe` by, unlogged.
  app.notFound((c) => replyTo(new HttpProblem('route_not_found'), c));
  app.use(observe(dependencies));

  const methods = new Map<string, string[]>();
  for (const { definition, handle } of routes) {
    for (const path of spellings(definition.path)) {
      app.on(definition.method, path, (c) => handle(c, dependencies));
      methods.set(path, [...(methods.get(path) ?? []), definition.method.toUpperCase()]);
    }
  }
  // After every route: whoever gets here knows the address but not what it takes.
  for (const [path, allowed] of methods) {
    const allow = allowed.includes('GET') ? ['HEAD', ...allowed] : allowed;
    app.all(path, () => {
      throw new HttpProblem('method_not_allowed', {}, { Allow: allow.sort().join(', ') });
    });
  }
  return app;
}

/** A documented path as Hono writes it, with and without a slash at its end. */
function spellings(documented: string): string[] {
  const path = documented.replaceAll(/\{(\w+)\}/g, ':$1');
  if (path === '/') return [path];
  const bare = path.replace(/\/$/, '');
  return [bare, `${bare}/`];
}
