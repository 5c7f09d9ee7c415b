import type { IncidentEvent } from '@incidents/contracts';
import type { EventRow } from '@incidents/db/queries/incident-event/event-row';

export const toEvent = ({
  id,
  incident_id,
  kind,
  changes,
  comment,
  actor,
  request_id,
  at,
}: EventRow): IncidentEvent => ({
  id,
  incident_id,
  kind,
  changes,
  comment,
  actor,
  request_id,
  at,
});
