import type { CoreErrorDetails } from '@incidents/core/errors';
import { isUnavailable } from '@incidents/db/unavailable';
import type { Context } from 'hono';
import { createProblemDocument } from './create-problem-document.ts';
import type { Dependencies } from './dependencies.ts';
import type { HonoEnv } from './hono-env.ts';
import { HttpProblem, isProblemCode, problems } from './problem.ts';
import type { Reply } from './reply.ts';

interface FailedRequest {
  requestId: string;
  path: string;
  method: Context<HonoEnv>['req']['method'];
}

/** The cause of a 5xx goes into the log, never into the reply. */
export function createProblemReply(
  error: unknown,
  request: FailedRequest,
  { locale, logger }: Pick<Dependencies, 'locale' | 'logger'>,
): Reply {
  const problem = toProblem(error, request, { locale, logger });
  const { requestId, path } = request;
  const document = createProblemDocument(problem, {
    locale,
    instance: uriReference(path),
    requestId,
  });
  return {
    status: problems[problem.code].status,
    headers: { 'Content-Type': 'application/problem+json', ...problem.headers },
    body: JSON.stringify(document),
  };
}

function toProblem(
  error: unknown,
  { requestId, path, method }: FailedRequest,
  { locale, logger }: Pick<Dependencies, 'locale' | 'logger'>,
): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof Error && 'code' in error && isProblemCode(error.code)) {
    if (error.code === 'idempotency_key_reused') {
      const { title } = locale.problems.idempotency_key_reused;
      const field = { path: 'header.Idempotency-Key', code: 'reused', message: title };
      return new HttpProblem(error.code, { errors: [field] });
    }
    return new HttpProblem(error.code, 'details' in error ? (error.details as CoreErrorDetails) : {});
  }
  const cause = { err: error, request_id: requestId, method, path };
  if (isUnavailable(error)) {
    logger.warn(cause, 'the database is unavailable');
    return new HttpProblem('unavailable', {}, { 'Retry-After': '1' });
  }
  logger.error(cause, 'request failed');
  return new HttpProblem('internal_error');
}

/** Paths may contain characters that no URI has, and a `%` that encodes nothing. */
const uriReference = (path: string): string =>
  path.replaceAll(/%(?![\da-f]{2})|[^\w.~!$&'()*+,;=:@%/-]/gi, (found) => encodeURIComponent(found));
