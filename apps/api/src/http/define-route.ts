import type { Context as CoreContext } from '@incidents/core/context';
import type { Context } from 'hono';
import type * as z from 'zod';
import { clientAddress } from './client-address.ts';
import type { Dependencies, Environment } from './environment.ts';
import type { ProblemCode } from './problem.ts';
import { type Input, type InputSchemas, readInput } from './read-input.ts';

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
  tag: 'incidents' | 'deliveries' | 'statistics' | 'queue' | 'service';
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
  context: CoreContext;
  dependencies: Dependencies;
  /** Hono's context: headers, and the making of the reply. */
  c: Context<Environment>;
}

export interface Route {
  definition: RouteDefinition;
  handle(c: Context<Environment>, dependencies: Dependencies): Promise<Response>;
}

/** Whether requests of an operation count: those for probes and documentation do not. */
export const isLimited = ({ tag }: Pick<RouteDefinition, 'tag'>) => tag !== 'service';

/** Binds an operation to its handler, which sees checked input only. */
export function defineRoute<const Schemas extends InputSchemas>(
  definition: RouteDefinition<Schemas>,
  handler: (handled: Handled<Schemas>) => Promise<Response> | Response,
): Route {
  return {
    definition,
    async handle(c, dependencies) {
      if (isLimited(definition)) {
        const caller = clientAddress(c, dependencies.trustedProxyHops);
        const budget = definition.method === 'get' ? 'reads' : 'writes';
        const headers = await dependencies.rateLimits.charge(caller, budget);
        // Now, so that they also stand on the reply when something below throws.
        for (const [name, value] of Object.entries(headers)) c.header(name, value);
      }
      const input = await readInput(c, definition.input, dependencies.locale);
      const context = { db: dependencies.db, actor: 'anonymous', requestId: c.get('requestId') };
      const answer = () => handler({ input, context, dependencies, c });
      // Not before all of it has come: a slow client must not hold a place.
      return definition.tag === 'service' ? answer() : dependencies.admission.run(answer);
    },
  };
}
