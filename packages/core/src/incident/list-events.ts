import type { IncidentEvent } from '@incidents/contracts';
import { listEvents as selectEvents } from '@incidents/db/queries/list-events';
import type { Context } from '../context.ts';
import { getIncident } from './get-incident.ts';

/**
 * The history of an incident from its beginning on; whether more follow is found by reading one row further.
 * @throws IncidentNotFound
 */
export async function listEvents(
  context: Context,
  incidentId: number,
  { skip, limit }: { skip: number; limit: number },
): Promise<{ events: IncidentEvent[]; hasMore: boolean }> {
  const [rows] = await Promise.all([
    selectEvents(context.db, incidentId, { skip, limit: limit + 1 }),
    getIncident(context, incidentId),
  ]);
  return {
    events: rows.slice(0, limit).map(({ id, incident_id, kind, changes, actor, request_id, at }) => ({
      id,
      incident_id,
      kind,
      changes,
      actor,
      request_id,
      at,
    })),
    hasMore: limit > 0 && rows.length > limit,
  };
}
