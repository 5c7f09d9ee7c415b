import type { WriteContext } from '@incidents/core/context';
import type { Context } from 'hono';
import type * as z from 'zod';
import { admitCaller } from './admit-caller.ts';
import { answerRequest } from './answer-request.ts';
import type { Access, Caller } from './authentication.ts';
import type { Dependencies } from './dependencies.ts';
import type { Environment } from './environment.ts';
import { HttpProblem, type ProblemCode } from './problem.ts';
import { type Input, type InputSchemas, readInput } from './read-input.ts';
import type { Reply } from './reply.ts';

/** One documented reply. */
export interface ReplyDefinition {
  description: string;
  /** Of a JSON body. */
  schema?: z.ZodType;
  example?: unknown;
  /** Where the body is not described by a schema: the types that it can have. */
  contentTypes?: string[];
  /** Header name → what it says. */
  headers?: Record<string, string>;
}

/** One operation: what the document says of it, and what its input is checked against. */
export interface RouteDefinition<Schemas extends InputSchemas = InputSchemas> {
  operationId: string;
  method: 'get' | 'post' | 'patch' | 'delete';
  /** As the document spells it; the same path with or without a slash at its end answers alike. */
  path: string;
  tag: 'incidents' | 'deliveries' | 'recipients' | 'statistics' | 'queue' | 'keys' | 'service';
  /** What a key has to be good for. */
  scope: Access;
  summary: string;
  description?: string;
  input: Schemas;
  /** Header name → what it does. */
  requestHeaders?: Record<string, string>;
  /** Of the body, or of the query where there is no body. */
  example?: unknown;
  replies: Record<number, ReplyDefinition>;
  /** The problems that this operation itself can answer with; 413, 415, 422, 429 and 500 follow from the rest. */
  problems: ProblemCode[];
}

interface Handled<Schemas extends InputSchemas> {
  input: Input<Schemas>;
  /** For the verbs of core. */
  context: WriteContext;
  dependencies: Dependencies;
  /** Hono's context: the request's method and headers. */
  c: Context<Environment>;
}

export interface Route {
  definition: RouteDefinition;
  handle(c: Context<Environment>, dependencies: Dependencies): Promise<Response>;
}

/** The caller of a public operation. */
const ANONYMOUS: Caller = { actor: 'anonymous', account: undefined, scopes: [] };

/** Milliseconds that a body may take until its caller's key is looked at once more. */
const LONG = 1_000;

/** Whether requests of an operation are counted, and wait for their turn: probes and documentation do not. */
export const isLimited = ({ scope }: Pick<RouteDefinition, 'scope'>) => scope !== 'public';

/** Binds an operation to its handler, which sees checked input only. */
export function defineRoute<const Schemas extends InputSchemas>(
  definition: RouteDefinition<Schemas>,
  handler: (handled: Handled<Schemas>) => Promise<Reply> | Reply,
): Route {
  return {
    definition,
    handle: (c, dependencies) =>
      answerRequest(c, dependencies, async ({ id, replyHeaders }) => {
        const { scope } = definition;
        const caller =
          scope === 'public' ? ANONYMOUS : await admitCaller(c, scope, dependencies, replyHeaders);
        const begun = performance.now();
        const input = await readInput(c, definition.input, dependencies.locale);
        const context = {
          db: dependencies.db,
          incidentWriter: dependencies.incidentWriter,
          actor: caller.actor,
          requestId: id,
        };
        const makeReply = () => {
          // The client is gone.
          if (c.env?.incoming?.socket.writable === false) throw new HttpProblem('malformed_request');
          return handler({ input, context, dependencies, c });
        };
        if (!isLimited(definition)) return makeReply();
        // A key may have been revoked while a slow client was still sending.
        if (performance.now() - begun > LONG) await dependencies.authentication.authenticate(c);
        // Not before all of it has come: a slow client must not hold a place.
        return dependencies.admission.run(makeReply);
      }),
  };
}
