import type { Incident } from '@incidents/contracts';
import type { IncidentRow } from '@incidents/db/queries/incident/incident-row';

export const toIncident = (row: IncidentRow): Incident => ({
  id: row.id,
  text: row.text,
  description: row.description,
  status: row.status,
  source: row.source,
  created_at: row.created_at,
  severity: row.severity,
  bot: row.bot,
  assignee: row.assignee,
  labels: row.labels,
  links: row.links,
  dedup_key: row.dedup_key,
  occurrences: row.occurrences,
  last_seen_at: row.last_seen_at,
  updated_at: row.updated_at,
  acknowledged_at: row.acknowledged_at,
  closed_at: row.closed_at,
  escalates_at: row.escalates_at,
  version: row.version,
});
