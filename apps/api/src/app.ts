import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { allowOrigins } from './http/allow-origins.ts';
import { answerRequest } from './http/answer-request.ts';
import type { Dependencies } from './http/dependencies.ts';
import type { HonoEnv } from './http/hono-env.ts';
import { HttpProblem } from './http/problem.ts';
import type { Reply } from './http/reply.ts';
import { routes } from './routes/index.ts';

/** The whole application, without a socket: `app.request()` in tests, a server in `main.ts`. */
export function createApp(dependencies: Dependencies): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  if (dependencies.corsOrigins.length > 0) {
    const allow = allowOrigins(dependencies.corsOrigins);
    // The middleware answers OPTIONS itself. It only adds headers to other replies.
    app.use((c, next) =>
      c.req.method === 'OPTIONS'
        ? answerRequest(c, dependencies, () => preflightReply(c, allow))
        : allow(c, next),
    );
  }
  const refuse = (c: Context<HonoEnv>, error: Error) =>
    answerRequest(c, dependencies, () => {
      throw error;
    });
  // Errors of Hono and its middleware. Routes answer their own.
  app.onError((error, c) => refuse(c, error));

  // A second application for 404 and 405: each route stays the only handler of its requests, which Hono calls directly.
  const fallbackApp = new Hono<HonoEnv>();
  fallbackApp.notFound((c) => refuse(c, new HttpProblem('route_not_found')));
  app.notFound((c) => fallbackApp.fetch(c.req.raw, c.env));

  // Path by path, so that one with a name in it, such as /jobs/failed, is never taken for one with an id.
  for (const [documented, operations] of Map.groupBy(routes, ({ definition }) => bare(definition.path))) {
    const methods = operations.map(({ definition }) => definition.method.toUpperCase());
    const allow = (methods.includes('GET') ? ['HEAD', ...methods] : methods).sort().join(', ');
    for (const path of spellings(documented)) {
      for (const { definition, handle } of operations) {
        app.on(definition.method, path, (c) => handle(c, dependencies));
      }
      // The path is known, the method is not one that it takes.
      const refuseMethod = (c: Context<HonoEnv>) =>
        refuse(c, new HttpProblem('method_not_allowed', {}, { Allow: allow }));
      fallbackApp.all(path, refuseMethod);
      if (matchesIdRoute(documented)) app.all(path, refuseMethod);
    }
  }
  return app;
}

async function preflightReply(c: Context<HonoEnv>, allow: MiddlewareHandler<HonoEnv>): Promise<Reply> {
  const response = await allow(c, async () => {});
  if (!response) throw new Error('the preflight was not answered');
  return { status: response.status, headers: Object.fromEntries(response.headers), body: null };
}

/** A bare path as Hono writes it, with and without a slash at its end. */
function spellings(documented: string): string[] {
  const path = documented.replaceAll(/\{(\w+)\}/g, ':$1');
  return path === '/' ? [path] : [path, `${path}/`];
}

/** Whether a path such as /jobs/failed matches one with an id as well. */
const matchesIdRoute = (documented: string) =>
  routes.some(({ definition: { path } }) => {
    const pattern = path.replaceAll(/\{\w+\}/g, '[^/]+');
    return path !== documented && pattern !== path && new RegExp(`^${pattern}$`).test(documented);
  });

/** A path without a slash at its end. */
const bare = (path: string) => (path === '/' ? path : path.replace(/\/$/, ''));
