import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { serveConsole } from './console/serve-console.ts';
import { allowOrigins } from './http/allow-origins.ts';
import { answerRequest } from './http/answer-request.ts';
import type { Dependencies } from './http/dependencies.ts';
import type { HonoEnv } from './http/hono-env.ts';
import { HttpProblem } from './http/problem.ts';
import type { Reply } from './http/reply.ts';
import { routes } from './routes/index.ts';

export function createApp(dependencies: Dependencies): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  if (dependencies.corsOrigins.length > 0) {
    const allow = allowOrigins(dependencies.corsOrigins);
    // The middleware answers OPTIONS itself and adds headers to other replies.
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

  // A second application for 404 and 405: Hono calls a handler directly only when it is the only one of its path.
  const fallbackApp = new Hono<HonoEnv>();
  fallbackApp.notFound((c) => refuse(c, new HttpProblem('route_not_found')));
  app.notFound((c) => fallbackApp.fetch(c.req.raw, c.env));

  serveConsole(app, dependencies);
  // Path by path, so that /jobs/failed never matches /jobs/{id}.
  for (const [documented, operations] of Map.groupBy(routes, ({ definition }) =>
    removeTrailingSlash(definition.path),
  )) {
    const methods = operations.map(({ definition }) => definition.method.toUpperCase());
    const allow = (methods.includes('GET') ? ['HEAD', ...methods] : methods).sort().join(', ');
    for (const path of pathVariants(documented)) {
      for (const { definition, handle } of operations) {
        app.on(definition.method, path, (c) => handle(c, dependencies));
      }
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

function pathVariants(documented: string): string[] {
  const path = documented.replaceAll(/\{(\w+)\}/g, ':$1');
  return path === '/' ? [path] : [path, `${path}/`];
}

const matchesIdRoute = (documented: string) =>
  routes.some(({ definition: { path } }) => {
    const pattern = path.replaceAll(/\{\w+\}/g, '[^/]+');
    return path !== documented && pattern !== path && new RegExp(`^${pattern}$`).test(documented);
  });

const removeTrailingSlash = (path: string) => (path === '/' ? path : path.replace(/\/$/, ''));
