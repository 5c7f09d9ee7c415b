import { isUnavailable } from '@incidents/db/unavailable';
import type { Context, ErrorHandler } from 'hono';
import type { Dependencies } from './dependencies.ts';
import type { Environment } from './environment.ts';
import { HttpProblem, isProblemCode, problems } from './problem.ts';
import { problemDocument } from './problem-document.ts';
import { requestPath } from './request-path.ts';

/** Turns whatever was thrown into problem+json. The cause of a 5xx goes into the log, never into the reply. */
export const onError =
  (dependencies: Dependencies): ErrorHandler<Environment> =>
  (error, c) =>
    replyWithProblem(c, dependencies, toProblem(error, c, dependencies));

function toProblem(error: unknown, c: Context<Environment>, { logger }: Dependencies): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof Error && 'code' in error && isProblemCode(error.code)) {
    return new HttpProblem(error.code);
  }
  const cause = { err: error, request_id: c.get('requestId'), method: c.req.method, path: requestPath(c) };
  if (isUnavailable(error)) {
    logger.warn(cause, 'the database is unavailable');
    return new HttpProblem('unavailable', {}, { 'Retry-After': '1' });
  }
  logger.error(cause, 'request failed');
  return new HttpProblem('internal_error');
}

function replyWithProblem(c: Context<Environment>, { locale }: Dependencies, problem: HttpProblem): Response {
  const request = { locale, instance: uriReference(requestPath(c)), requestId: c.get('requestId') };
  return c.body(JSON.stringify(problemDocument(problem, request)), problems[problem.code].status, {
    'Content-Type': 'application/problem+json',
    ...problem.headers,
  });
}

/** Clients may send characters in a path that no URI has, and a `%` that encodes nothing. */
const uriReference = (path: string): string =>
  path.replaceAll(/%(?![\da-f]{2})|[^\w.~!$&'()*+,;=:@%/-]/gi, (found) => encodeURIComponent(found));
