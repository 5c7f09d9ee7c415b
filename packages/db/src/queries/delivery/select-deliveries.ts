import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { type DeliveryRow, deliveryColumns } from './delivery-row.ts';

export interface DeliveryFilter {
  state?: DeliveryRow['state'] | undefined;
  channel?: DeliveryRow['channel'] | undefined;
  recipient?: string | undefined;
  incident_id?: number | undefined;
  since?: Date | undefined;
  /** Only those with smaller ids; 0 for all. */
  after: number;
  limit: number;
}

export function selectDeliveries(
  db: Kysely<Database>,
  { state, channel, recipient, incident_id, since, after, limit }: DeliveryFilter,
): Promise<DeliveryRow[]> {
  let query = db.selectFrom('deliveries').select(deliveryColumns);
  // No parameter: a plan that serves every state cannot use the index of one.
  if (state !== undefined) query = query.where('state', '=', sql.lit(state));
  if (channel !== undefined) query = query.where('channel', '=', channel);
  if (recipient !== undefined) query = query.where('recipient', '=', recipient);
  if (incident_id !== undefined) query = query.where('incident_id', '=', incident_id);
  if (since !== undefined) {
    // As a number: PostgreSQL does not read the years before 1 as ISO 8601 writes them.
    query = query.where('created_at', '>=', sql<Date>`to_timestamp(${since.getTime() / 1000}::float8)`);
  }
  if (after !== 0) query = query.where('id', '<', after);
  return query.orderBy('id', 'desc').limit(limit).execute();
}
