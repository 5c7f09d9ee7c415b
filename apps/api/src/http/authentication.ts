import type { Scope } from '@incidents/contracts';
import type { Context } from 'hono';
import type { Environment } from './environment.ts';
import type { ProblemCode } from './problem.ts';

/** What an operation asks of whoever calls it. */
export type Access = Scope | 'public';

/** Who asks. */
export interface Caller {
  /** Stands in the history of incidents: `key:7:monitoring`, `anonymous`. */
  actor: string;
  /** Whose requests are counted together; undefined where nobody knows more than the address that they come from. */
  account: string | undefined;
  /** What the caller may do; `admin` is all of it. */
  scopes: Scope[];
}

/** Finds out who asks. */
export interface Authentication {
  /** @throws HttpProblem one of `refusals` */
  authenticate(c: Context<Environment>): Promise<Caller>;
}

/** What anything but a public operation can be refused with before it is looked at. */
export const refusals: ProblemCode[] = [
  'unauthenticated',
  'insufficient_scope',
  'host_not_local',
  'cross_site_request',
];
