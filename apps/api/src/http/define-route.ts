import type { WriteContext } from '@incidents/core/context';
import type { Context } from 'hono';
import type * as z from 'zod';
import { answerRequest } from './answer-request.ts';
import type { Access, Caller } from './authentication.ts';
import { authorizeRequest } from './authorize-request.ts';
import type { Dependencies } from './dependencies.ts';
import { isNotModified } from './etag.ts';
import type { HonoEnv } from './hono-env.ts';
import { prefersHtml } from './prefers-html.ts';
import { HttpProblem, type ProblemCode } from './problem.ts';
import { type Input, type InputSchemas, readInput } from './read-input.ts';
import type { Reply } from './reply.ts';
import { requestPath } from './request-path.ts';

export interface ReplyDefinition {
  description: string;
  schema?: z.ZodType;
  example?: unknown;
  contentTypes?: string[];
  headers?: Record<string, string>;
}

export interface RouteDefinition<Schemas extends InputSchemas = InputSchemas> {
  operationId: string;
  method: 'get' | 'post' | 'patch' | 'delete';
  /** As documented; with and without a trailing slash it answers alike. */
  path: string;
  tag: 'incidents' | 'deliveries' | 'recipients' | 'statistics' | 'queue' | 'keys' | 'session' | 'service';
  scope: Access;
  summary: string;
  description?: string;
  input: Schemas;
  requestHeaders?: Record<string, string>;
  example?: unknown;
  replies: Record<number, ReplyDefinition>;
  /** Whether a browser is led to the console's page of the same path. */
  hasPage?: boolean;
  /** Specific to this operation; 413, 415, 422, 429 and 500 follow from the rest. */
  problems: ProblemCode[];
}

interface HandlerInput<Schemas extends InputSchemas> {
  input: Input<Schemas>;
  context: WriteContext;
  caller: Caller;
  /** Also sent with the reply to a later error. */
  replyHeaders: Record<string, string>;
  dependencies: Dependencies;
  c: Context<HonoEnv>;
}

export interface Route {
  definition: RouteDefinition;
  handle(c: Context<HonoEnv>, dependencies: Dependencies): Promise<Response>;
}

const ANONYMOUS: Caller = {
  actor: 'anonymous',
  rateLimitKey: undefined,
  scopes: [],
  key: undefined,
  expiresAt: null,
};

/** After reading a body for this long the key is verified again. */
const SLOW_BODY_MS = 1_000;

/** Whether rate and concurrency limits apply: probes and documentation have none. */
export const isLimited = ({ scope }: Pick<RouteDefinition, 'scope'>) => scope !== 'public';

export function defineRoute<const Schemas extends InputSchemas>(
  definition: RouteDefinition<Schemas>,
  handler: (handled: HandlerInput<Schemas>) => Promise<Reply> | Reply,
): Route {
  return {
    definition,
    handle: (c, dependencies) =>
      answerRequest(c, dependencies, async ({ id, replyHeaders }) => {
        const { scope, hasPage } = definition;
        if (hasPage) {
          replyHeaders.Vary = 'Accept';
          // Before the key is verified: the page asks for it.
          if (prefersHtml(c)) return redirectReply(`/console${requestPath(c).replace(/\/$/, '')}`);
        }
        const isAuthorized = scope !== 'public' && scope !== 'sign_in';
        const caller = isAuthorized
          ? await authorizeRequest(c, scope, dependencies, replyHeaders)
          : ANONYMOUS;
        const readStartedAt = performance.now();
        const input = await readInput(c, definition.input, dependencies.locale, replyHeaders);
        const context = {
          db: dependencies.db,
          incidentWriter: dependencies.incidentWriter,
          actor: caller.actor,
          requestId: id,
        };
        const makeReply = async (): Promise<Reply> => {
          // The client has disconnected.
          if (c.env?.incoming?.socket.writable === false) throw new HttpProblem('malformed_request');
          const reply = await handler({ input, context, caller, replyHeaders, dependencies, c });
          const tag = reply.headers.ETag;
          return definition.method === 'get' && tag !== undefined && isNotModified(c, tag)
            ? { status: 304, headers: withoutContentType(reply.headers), body: null }
            : reply;
        };
        if (!isLimited(definition)) return makeReply();
        // A key may have been revoked while a slow client was still sending.
        if (isAuthorized && performance.now() - readStartedAt > SLOW_BODY_MS)
          await dependencies.authentication.authenticate(c);
        // Only complete requests take a slot, so slow clients hold none.
        return dependencies.concurrencyLimiter.run(makeReply);
      }),
  };
}

const redirectReply = (location: string): Reply => ({
  status: 302,
  headers: { Location: location },
  body: null,
});

function withoutContentType({ 'Content-Type': _, ...headers }: Record<string, string>) {
  return headers;
}
