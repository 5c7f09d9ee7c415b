import type { Db } from '@incidents/db/client';
import type { Actor } from './actor.ts';
import type { IncidentWriter } from './incident/incident-writer.ts';

/** The dependencies of a verb, and the origin of its call. */
export interface Context {
  db: Db['kysely'];
  actor: Actor;
  /** Follows the work from the request through its jobs into every log line. */
  requestId: string;
}

/** The context of a verb that writes incidents. */
export interface WriteContext extends Context {
  incidentWriter: IncidentWriter;
}
