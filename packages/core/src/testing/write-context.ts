import type { Db } from '@incidents/db/client';
import { defaultPolicy } from '@incidents/testing/fixtures/incidents';
import type { WriteContext } from '../context.ts';
import { createIncidentWriter } from '../incident/incident-writer.ts';

export const writeContext = (db: Db['kysely'], requestId = 'r'): WriteContext => ({
  db,
  incidentWriter: createIncidentWriter(db, defaultPolicy),
  actor: 'key:ADMIN_API_KEY',
  requestId,
});
