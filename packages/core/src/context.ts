import type { Db } from '@incidents/db/client';
import type { Actor } from './actor.ts';
import type { IncidentWriter } from './incident/incident-writer.ts';

export interface Context {
  db: Db['kysely'];
  actor: Actor;
  /** Follows the work from the request through its jobs into every log line. */
  requestId: string;
}

export interface WriteContext extends Context {
  incidentWriter: IncidentWriter;
}
