import type { Delivery, ListDeliveriesQuery } from '@incidents/contracts';
import { selectDeliveries } from '@incidents/db/queries/delivery/select-deliveries';
import type { Context } from '../context.ts';
import { toDelivery } from './to-delivery.ts';

export async function listDeliveries(
  { db }: Pick<Context, 'db'>,
  { since, limit, ...filter }: ListDeliveriesQuery,
): Promise<{ deliveries: Delivery[]; hasMore: boolean }> {
  const rows = await selectDeliveries(db, {
    ...filter,
    since: since === undefined ? undefined : new Date(since),
    limit: limit + 1,
  });
  return { deliveries: rows.slice(0, limit).map(toDelivery), hasMore: limit > 0 && rows.length > limit };
}
