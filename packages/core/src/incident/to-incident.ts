import type { Incident } from '@incidents/contracts';
import type { IncidentRow } from '@incidents/db/queries/incident/incident-row';

export const toIncident = (row: IncidentRow): Incident => ({
  id: row.id,
  text: row.text,
  description: row.description,
  status: row.status,
  source: row.source,
  created_at: row.created_at,
});
