import type { Kysely } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { type DeliveryRow, deliveryColumns } from './delivery-row.ts';

export const findDelivery = (db: Kysely<Database>, id: number): Promise<DeliveryRow | undefined> =>
  db.selectFrom('deliveries').select(deliveryColumns).where('id', '=', id).executeTakeFirst();
