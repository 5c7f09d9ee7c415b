import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { compressReply } from './compress-reply.ts';
import { createProblemReply } from './create-problem-reply.ts';
import type { Dependencies } from './dependencies.ts';
import type { HonoEnv } from './hono-env.ts';
import type { Reply } from './reply.ts';
import { requestPath } from './request-path.ts';
import { securityHeaders } from './security-headers.ts';

/** Harmless in a log line and in a header. */
const REQUEST_ID = /^[\w.:-]{1,64}$/;

/** Logged at `debug`, as monitoring requests them many times a minute. */
const PROBES = new Set(['/healthz', '/readyz']);

export interface RequestInfo {
  id: string;
  /** Also sent with the reply to a later error. */
  replyHeaders: Record<string, string>;
}

/** Replies, also after an error, and logs once. Not a middleware: Hono calls a single handler directly, and the response is created once. */
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
    callerRequestId !== undefined && REQUEST_ID.test(callerRequestId) ? callerRequestId : randomUUID();
  const replyHeaders: Record<string, string> = { 'X-Request-Id': id, ...securityHeaders(c.req.path) };

  let reply: Reply;
  try {
    reply = await makeReply({ id, replyHeaders });
  } catch (error) {
    reply = createProblemReply(error, { requestId: id, path, method }, dependencies);
  }
  const compressed = compressReply(reply, c);
  reply = compressed instanceof Promise ? await compressed : compressed;
  const { status, body } = reply;
  const headers = Object.assign(replyHeaders, reply.headers);
  // Hono removes the body of a reply to HEAD, and the adapter takes the length from the body.
  if (body instanceof Uint8Array) headers['Content-Length'] = String(body.length);
  // Last, as the shutdown may have begun during the request.
  if (dependencies.isStopping()) headers.Connection = 'close';

  const duration_ms = Math.round((performance.now() - startedAt) * 10) / 10;
  const line = { request_id: id, method, path, status, duration_ms };
  if (PROBES.has(path)) dependencies.logger.debug(line, 'request');
  else dependencies.logger.info(line, 'request');
  return new Response(body, { status, headers });
}
