import type { Delivery } from '@incidents/contracts';
import { selectIncidentDeliveries as selectDeliveries } from '@incidents/db/queries/delivery/select-incident-deliveries';
import type { Context } from '../context.ts';
import { getIncident } from '../incident/get-incident.ts';
import { toDelivery } from './to-delivery.ts';

/** @throws IncidentNotFoundError */
export async function listIncidentDeliveries(
  context: Context,
  incidentId: number,
  { skip, limit }: { skip: number; limit: number },
): Promise<{ deliveries: Delivery[]; hasMore: boolean }> {
  const [rows] = await Promise.all([
    selectDeliveries(context.db, incidentId, { skip, limit: limit + 1 }),
    getIncident(context, incidentId),
  ]);
  return { deliveries: rows.slice(0, limit).map(toDelivery), hasMore: limit > 0 && rows.length > limit };
}
