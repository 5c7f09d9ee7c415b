import type { Delivery } from '@incidents/contracts';
import { findDelivery } from '@incidents/db/queries/delivery/find-delivery';
import { restartDelivery } from '@incidents/db/queries/delivery/restart-deliveries';
import type { Context } from '../context.ts';
import { DeliveryNotFailedError, DeliveryNotFoundError } from '../errors.ts';
import { toDelivery } from './to-delivery.ts';

/**
 * A pending delivery is sent now. Either begins a new series of attempts.
 * @throws DeliveryNotFoundError, DeliveryNotFailedError
 */
export async function retryDelivery({ db }: Pick<Context, 'db'>, id: number): Promise<Delivery> {
  const retried = await restartDelivery(db, id);
  if (retried) return toDelivery(retried);
  throw (await findDelivery(db, id)) ? new DeliveryNotFailedError(id) : new DeliveryNotFoundError(id);
}
