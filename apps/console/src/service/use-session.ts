import type { Scope, Session } from '@incidents/contracts';
import { useQuery } from '@tanstack/react-query';
import { get } from './request.ts';

/** The caller that the service sees; undefined until it is known. */
export const useSession = (): Session | undefined =>
  useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => get<Session>('/session', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  }).data;

/** An unknown session permits everything here: the service refuses by itself. */
export const isPermitted = (session: Session | undefined, scope: Scope): boolean =>
  session === undefined || session.scopes.includes(scope) || session.scopes.includes('admin');

/** Whether the caller may do what needs the scope. Controls of other actions are not shown. */
export const useIsPermitted = (scope: Scope): boolean => isPermitted(useSession(), scope);
