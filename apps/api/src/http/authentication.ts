import type { Scope } from '@incidents/contracts';
import type { Actor } from '@incidents/core/actor';
import type { Context } from 'hono';
import type { HonoEnv } from './hono-env.ts';
import type { ProblemCode } from './problem.ts';

export type Access = Scope | 'public';

export interface Caller {
  /** As in the history of incidents: `key:7:monitoring`, `anonymous`. */
  actor: Actor;
  /** Requests with the same key share a rate limit; undefined: the client's address is the key. */
  rateLimitKey: string | undefined;
  scopes: Scope[];
}

export interface Authentication {
  /** False with `AUTH=off`. */
  requiresKey: boolean;
  /** @throws HttpProblem one of `authorizationProblems` */
  authenticate(c: Context<HonoEnv>): Promise<Caller>;
}

/** Problems that any operation but a public one can answer with before its input is read. */
export const authorizationProblems: ProblemCode[] = [
  'unauthenticated',
  'insufficient_scope',
  'host_not_local',
  'cross_site_request',
];
