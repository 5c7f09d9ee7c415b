import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import type { Dependencies } from './dependencies.ts';
import type { HonoEnv } from './hono-env.ts';
import { problemReply } from './problem-reply.ts';
import type { Reply } from './reply.ts';
import { requestPath } from './request-path.ts';
import { securityHeaders } from './security-headers.ts';

/** A caller's request id: short, and harmless in a log or a header. */
const ACCEPTABLE_ID = /^[\w.:-]{1,64}$/;

/** Monitoring asks for these many times a minute. */
const PROBES = new Set(['/healthz', '/readyz']);

/** A request that is being answered. */
export interface RequestInfo {
  /** The caller's `X-Request-Id`, or a new one. */
  id: string;
  /** Headers of the reply, also when the request fails from here on. */
  replyHeaders: Record<string, string>;
}

/**
 * Makes the reply to a request, or a problem from its error, and logs the request once. This is no middleware: Hono calls
 * a single handler directly, and the reply is made once with all of its headers.
 */
export async function answerRequest(
  c: Context<HonoEnv>,
  dependencies: Pick<Dependencies, 'locale' | 'logger' | 'isStopping'>,
  makeReply: (request: RequestInfo) => Promise<Reply> | Reply,
): Promise<Response> {
  const startedAt = performance.now();
  const { method } = c.req;
  const path = requestPath(c);
  const callerRequestId = c.req.header('x-request-id');
  const id =
    callerRequestId !== undefined && ACCEPTABLE_ID.test(callerRequestId) ? callerRequestId : randomUUID();
  const replyHeaders: Record<string, string> = { 'X-Request-Id': id, ...securityHeaders(c.req.path) };

  let reply: Reply;
  try {
    reply = await makeReply({ id, replyHeaders });
  } catch (error) {
    reply = problemReply(error, { requestId: id, path, method }, dependencies);
  }
  const { status, body } = reply;
  const headers = Object.assign(replyHeaders, reply.headers);
  // Read last: a request that was under way when the shutdown began must not keep its connection either.
  if (dependencies.isStopping()) headers.Connection = 'close';

  const duration_ms = Math.round((performance.now() - startedAt) * 10) / 10;
  const line = { request_id: id, method, path, status, duration_ms };
  if (PROBES.has(path)) dependencies.logger.debug(line, 'request');
  else dependencies.logger.info(line, 'request');
  return new Response(body, { status, headers });
}
