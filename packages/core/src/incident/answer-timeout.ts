import { DatabaseTimeoutError } from '@incidents/db/unavailable';

/** The time limit of a statement, and the margin that its error has to arrive. Waiting calls are no exception. */
export const ANSWER_TIMEOUT = {
  until: 'answer',
  ms: 2_200,
  error: () => new DatabaseTimeoutError(),
} as const;
