import type { FailedDeliveriesQuery } from '@incidents/contracts';
import { restartFailedDeliveries } from '@incidents/db/queries/delivery/restart-deliveries';
import type { Context } from '../context.ts';

/** Most deliveries that one statement retries: none lasts long, however many there are. */
const MAX_BATCH = 1_000;

/** Retries each delivery that has failed by now once, also when it fails again meanwhile. */
export async function retryFailedDeliveries(
  { db }: Pick<Context, 'db'>,
  filter: FailedDeliveriesQuery,
): Promise<number> {
  let retried = 0;
  for (let after = 0; ; ) {
    const batch = await restartFailedDeliveries(db, { ...filter, after, limit: MAX_BATCH });
    retried += batch.retried;
    if (batch.last === null || batch.found < MAX_BATCH) return retried;
    after = batch.last;
  }
}
