import type { Delivery } from '@incidents/contracts';
import { retryDelivery as retry } from '@incidents/db/queries/finish-delivery';
import { findDelivery } from '@incidents/db/queries/list-deliveries';
import { deliver } from '@incidents/jobs/catalog';
import { jobSpec } from '@incidents/jobs/job-spec';
import type { Context } from '../context.ts';
import { DeliveryNotFailed, DeliveryNotFound } from '../errors.ts';
import { toDelivery } from './to-delivery.ts';

/**
 * Sends a failed delivery again, with a new series of attempts.
 * @throws DeliveryNotFound, DeliveryNotFailed
 */
export async function retryDelivery(context: Context, id: number): Promise<Delivery> {
  const retried = await retry(context.db, id, jobSpec(deliver, { request_id: context.requestId }));
  if (retried) return toDelivery(retried);
  throw (await findDelivery(context.db, id)) ? new DeliveryNotFailed(id) : new DeliveryNotFound(id);
}
