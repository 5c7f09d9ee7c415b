import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { type DeliveryRow, deliveryColumns } from './delivery-row.ts';

export interface DeliveryFilter {
  state?: DeliveryRow['state'] | undefined;
  channel?: DeliveryRow['channel'] | undefined;
  recipient?: string | undefined;
  incident_id?: number | undefined;
  /** Created then or later. */
  since?: Date | undefined;
  /** Only those with smaller ids; 0 for all. */
  after: number;
  limit: number;
}

/** Deliveries by descending id, so the newest first. */
export async function searchDeliveries(
  db: Kysely<Database>,
  { state, channel, recipient, incident_id, since, after, limit }: DeliveryFilter,
): Promise<DeliveryRow[]> {
  const conditions = [
    // No parameter: a plan that serves every state cannot use the index of one.
    ...(state === undefined ? [] : [sql`state = ${sql.lit(state)}`]),
    ...(channel === undefined ? [] : [sql`channel = ${channel}`]),
    ...(recipient === undefined ? [] : [sql`recipient = ${recipient}`]),
    ...(incident_id === undefined ? [] : [sql`incident_id = ${incident_id}`]),
    // As a number: PostgreSQL does not read the years before 1 as ISO 8601 writes them.
    ...(since === undefined ? [] : [sql`created_at >= to_timestamp(${since.getTime() / 1000}::float8)`]),
    ...(after === 0 ? [] : [sql`id < ${after}`]),
  ];
  const { rows } = await sql<DeliveryRow>`
    select ${deliveryColumns} from deliveries
    ${conditions.length > 0 ? sql`where ${sql.join(conditions, sql` and `)}` : sql``}
    order by id desc limit ${limit}`.execute(db);
  return rows;
}
