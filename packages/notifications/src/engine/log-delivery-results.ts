import type { ClaimedDelivery } from '@incidents/db/queries/delivery/claim-deliveries';
import type { DeliveryResult } from '@incidents/db/queries/delivery/record-deliveries';
import type { Logger } from '@incidents/runtime/logger';

export function logDeliveryResults(
  logger: Logger,
  deliveries: ClaimedDelivery[],
  results: DeliveryResult[],
): void {
  for (const [index, { state, error, delayMs }] of results.entries()) {
    const delivery = deliveries[index];
    if (delivery === undefined) continue;
    const line = {
      delivery_id: delivery.id,
      incident_id: delivery.incident_id,
      request_id: delivery.request_id,
      state,
      ...(error !== undefined && { error }),
      ...(delayMs !== undefined && { retry_in_ms: Math.round(delayMs) }),
    };
    if (state === 'failed') logger.error(line, 'delivery failed for good');
    else if (error !== undefined) logger.warn(line, 'delivery did not succeed');
    else logger.info(line, 'delivery');
  }
}
