import type { Kysely } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { type DeliveryRow, deliveryColumns } from './delivery-row.ts';

/** @returns the delivery, or undefined when there is none with this id */
export const findDelivery = (db: Kysely<Database>, id: number): Promise<DeliveryRow | undefined> =>
  db.selectFrom('deliveries').select(deliveryColumns).where('id', '=', id).executeTakeFirst();
