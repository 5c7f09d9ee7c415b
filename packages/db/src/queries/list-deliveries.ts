import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { type DeliveryRow, deliveryColumns } from './delivery-row.ts';

/** The deliveries about an incident, the oldest first. */
export async function listDeliveries(
  db: Kysely<Database>,
  incidentId: number,
  page: { skip: number; limit: number },
): Promise<DeliveryRow[]> {
  const { rows } = await sql<DeliveryRow>`
    select ${deliveryColumns} from deliveries where incident_id = ${incidentId}
    order by id limit ${page.limit} offset ${page.skip}`.execute(db);
  return rows;
}

/** @returns the delivery, or undefined when there is none with this id */
export async function findDelivery(db: Kysely<Database>, id: number): Promise<DeliveryRow | undefined> {
  const { rows } = await sql<DeliveryRow>`
    select ${deliveryColumns} from deliveries where id = ${id}`.execute(db);
  return rows[0];
}
