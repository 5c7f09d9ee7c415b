import type { Kysely } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { type DeliveryRow, deliveryColumns } from './delivery-row.ts';

export const selectIncidentDeliveries = (
  db: Kysely<Database>,
  incidentId: number,
  { skip, limit }: { skip: number; limit: number },
): Promise<DeliveryRow[]> =>
  db
    .selectFrom('deliveries')
    .select(deliveryColumns)
    .where('incident_id', '=', incidentId)
    .orderBy('id')
    .limit(limit)
    .offset(skip)
    .execute();
