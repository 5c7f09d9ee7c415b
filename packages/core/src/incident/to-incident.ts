import type { Incident } from '@incidents/contracts';
import type { IncidentRow } from '@incidents/db/queries/incident/incident-row';

/** The database's row as the contract names it. */
export const toIncident = (row: IncidentRow): Incident => ({
  id: row.id,
  text: row.text,
  description: row.description,
  status: row.status,
  source: row.source,
  created_at: row.created_at,
});
