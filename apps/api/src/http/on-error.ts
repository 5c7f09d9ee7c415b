import { isUnavailable } from '@incidents/db/unavailable';
import type { Context, ErrorHandler } from 'hono';
import type { Dependencies, Environment } from './environment.ts';
import { HttpProblem, isProblemCode, problems, problemType } from './problem.ts';

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
  const cause = { err: error, request_id: c.get('requestId'), method: c.req.method, path: c.req.path };
  if (isUnavailable(error)) {
    logger.warn(cause, 'the database is unavailable');
    return new HttpProblem('unavailable', {}, { 'Retry-After': '1' });
  }
  logger.error(cause, 'request failed');
  return new HttpProblem('internal_error');
}

function replyWithProblem(c: Context<Environment>, { locale }: Dependencies, problem: HttpProblem): Response {
  const { status } = problems[problem.code];
  return c.body(
    JSON.stringify({
      type: problemType(problem.code),
      title: locale.problems[problem.code].title,
      status,
      detail: detailOf(problem, locale.problems[problem.code].detail),
      instance: c.req.path,
      request_id: c.get('requestId'),
      ...problem.extensions,
    }),
    status,
    { 'Content-Type': 'application/problem+json', ...problem.headers },
  );
}

/** Fields named in `detail`; the list in `errors` is complete. */
const MAX_FIELDS_IN_DETAIL = 3;

function detailOf(problem: HttpProblem, text: string): string {
  const { errors = [] } = problem.extensions;
  if (errors.length === 0) return text;
  const named = errors.slice(0, MAX_FIELDS_IN_DETAIL).map(({ path, message }) => `${path}: ${message}`);
  const more = errors.length > named.length ? '; …' : '';
  return `${text}: ${named.join('; ')}${more}`;
}
