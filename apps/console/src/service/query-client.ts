import { QueryClient } from '@tanstack/react-query';
import { ProblemError } from './request.ts';

/** Figures and lists that others change. */
export const REFRESH_INTERVAL_MS = 3_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // The browser's own notion of a network says nothing about the service.
      networkMode: 'always',
      staleTime: 1_000,
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ProblemError && error.problem.status < 500),
    },
    mutations: { networkMode: 'always' },
  },
});
