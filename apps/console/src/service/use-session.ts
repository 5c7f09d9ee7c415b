import type { Scope, Session } from '@incidents/contracts';
import { useQuery } from '@tanstack/react-query';
import { get } from './request.ts';

/** The session of this browser; undefined until it is known. */
export const useSession = (): Session | undefined =>
  useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => get<Session>('/session', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  }).data;

/** Until the session is known the console permits everything; the API decides anyway. */
export const isPermitted = (session: Session | undefined, scope: Scope): boolean =>
  session === undefined || session.scopes.includes(scope) || session.scopes.includes('admin');

/** Whether the caller has the scope. Pages hide the controls that need another one. */
export const useIsPermitted = (scope: Scope): boolean => isPermitted(useSession(), scope);
