import type { Incident, IncidentStatus } from '@incidents/contracts';
import type { IncidentRow } from '@incidents/db/queries/incident-row';

/**
 * The database's row as the contract names it. Statuses are checked on the way in; one that a table taken
 * over from the original holds beside the three is passed on as it is.
 */
export const toIncident = (row: IncidentRow): Incident => ({
  id: row.id,
  text: row.text,
  description: row.description,
  status: row.status as IncidentStatus,
  source: row.source,
  created_at: row.created_at,
});
