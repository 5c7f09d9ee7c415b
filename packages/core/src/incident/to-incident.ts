import type { Incident, IncidentStatus } from '@incidents/contracts';
import type { IncidentRow } from '@incidents/db/queries/incident/incident-row';

/** The database's row as the contract names it. */
export const toIncident = (row: IncidentRow): Incident => ({
  id: row.id,
  text: row.text,
  description: row.description,
  // Of a row that was changed by hand it is another; the contract's schema accepts it.
  status: row.status as IncidentStatus,
  source: row.source,
  created_at: row.created_at,
});
