import { Scope } from '@incidents/contracts';

/** The scopes among `scopes`. Others, of a newer version or a hand, allow nothing here. */
export const knownScopes = (scopes: string[]): Scope[] =>
  Scope.options.filter((scope) => scopes.includes(scope));
