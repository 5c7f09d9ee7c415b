import type { Scope } from '@incidents/contracts';
import type { Actor } from '@incidents/core/actor';
import type { Context } from 'hono';
import type { HonoEnv } from './hono-env.ts';
import type { ProblemCode } from './problem.ts';

/**
 * `public`: every client, without limits. `sign_in`: every client; the operation authenticates by its input.
 * `any_key`: a caller with any scopes.
 */
export type Access = Scope | 'any_key' | 'sign_in' | 'public';

export interface Caller {
  /** As in the history of incidents: `key:7:monitoring`, `anonymous`. */
  actor: Actor;
  /** Requests with the same key share a rate limit; undefined: the client's address is the key. */
  rateLimitKey: string | undefined;
  scopes: Scope[];
  /** Undefined without a key. `id` is null for `ADMIN_API_KEY`. */
  key: { id: number | null; name: string } | undefined;
  /** ISO 8601; null for never. */
  expiresAt: string | null;
}

export interface Authentication {
  /** False with `AUTH=off`. */
  requiresKey: boolean;
  /** @throws HttpProblem one of `authorizationProblems` */
  authenticate(c: Context<HonoEnv>): Promise<Caller>;
  /**
   * The holder of the key. With `AUTH=off` every key is accepted.
   * @throws HttpProblem one of `authorizationProblems`
   */
  authenticateKey(c: Context<HonoEnv>, key: string): Promise<Caller>;
  /** Undefined with `AUTH=off`. */
  startSession(holder: Caller): Promise<{ id: string; caller: Caller } | undefined>;
  endSession(id: string): Promise<void>;
}

/** Problems of the authorization of an operation. */
export function authorizationProblems(scope: Access, method: string): ProblemCode[] {
  if (scope === 'public') return [];
  const ofEach: ProblemCode[] = ['unauthenticated', 'host_not_local', 'cross_site_request'];
  if (scope === 'sign_in') return ofEach;
  return [
    ...(scope === 'any_key' ? [] : (['insufficient_scope'] as const)),
    ...ofEach,
    ...(method === 'get' ? [] : (['not_same_origin'] as const)),
  ];
}
