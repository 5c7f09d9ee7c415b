import type { Db } from '@incidents/db/client';
import type { IncidentWriter } from './incident/incident-writer.ts';

/** What a verb works with, whoever calls it: a request, a job, a bot. */
export interface Context {
  db: Db['kysely'];
  /** Who does it; stands in the history of incidents. */
  actor: string;
  /** Follows the work from the request through its jobs into every log line. */
  requestId: string;
}

/** What a verb that writes incidents works with. */
export interface WriteContext extends Context {
  incidentWriter: IncidentWriter;
}
