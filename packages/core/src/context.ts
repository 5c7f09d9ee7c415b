import type { Db } from '@incidents/db/client';

/** What a verb works with, whoever calls it: a request, a job, a bot. */
export interface Context {
  db: Db['kysely'];
  /** Who does it; stands in the history of incidents. */
  actor: string;
  /** Follows the work from the request through its jobs into every log line. */
  requestId: string;
}
