import type { Context, Hono } from 'hono';
import { answerRequest } from '../http/answer-request.ts';
import type { Dependencies } from '../http/dependencies.ts';
import type { HonoEnv } from '../http/hono-env.ts';
import { HttpProblem } from '../http/problem.ts';
import type { Reply } from '../http/reply.ts';
import { type ConsoleFiles, readConsole } from './read-console.ts';

const ASSETS = '/console/assets/';

const NOT_BUILT = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>The console is not built</title>
  </head>
  <body>
    <h1>The console is not built</h1>
    <p>Run <code>npx pnpm@12 build</code>, then reload this page.</p>
  </body>
</html>
`;

/** Serves the page for operators below `/console`. Not in the OpenAPI document: it is no operation for programs. */
export function serveConsole(
  app: Hono<HonoEnv>,
  dependencies: Pick<Dependencies, 'locale' | 'logger' | 'isStopping'>,
  read = readConsole,
): void {
  let files: ConsoleFiles | undefined;
  const serve = (c: Context<HonoEnv>) =>
    answerRequest(c, dependencies, () => {
      // Each request looks for missing files again, so a build needs no restart.
      files ??= read();
      const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
      if (!isRead) throw new HttpProblem('method_not_allowed', {}, { Allow: 'GET, HEAD' });
      if (files === undefined) return notBuiltReply;
      // Every other path gets the page; its script reads the path.
      if (!c.req.path.startsWith(ASSETS)) return files.page(c);
      const makeReply = files.assets.get(c.req.path.slice(ASSETS.length));
      if (makeReply === undefined) throw new HttpProblem('route_not_found');
      return makeReply(c);
    });
  app.all('/console', serve);
  app.all('/console/*', serve);
}

const notBuiltReply: Reply = {
  status: 503,
  headers: { 'Content-Type': 'text/html; charset=UTF-8', 'Cache-Control': 'no-store' },
  body: NOT_BUILT,
};
