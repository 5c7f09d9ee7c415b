import type { DeliveryRecord } from '@incidents/db/queries/record-deliveries';
import type { TakenDelivery } from '@incidents/db/queries/take-deliveries';
import type { Channel, SendResult } from './channel.ts';
import { retryDelay } from './retry-delay.ts';

/**
 * Maps a send result to one record per delivery. The last retry falls on `maxAgeSeconds`.
 * `closed` and `unavailable` set no delay, so the delivery stays due and keeps its order.
 */
export function toRecords(
  deliveries: TakenDelivery[],
  result: SendResult,
  options: { transport: Channel['transport']; maxAgeSeconds: number; inDigest: boolean },
): DeliveryRecord[] {
  const { maxAgeSeconds, inDigest } = options;
  // The deliveries of one digest come back together.
  const random = Math.random();

  function toRecord(delivery: TakenDelivery): DeliveryRecord {
    const { id } = delivery;
    switch (result.kind) {
      case 'sent':
        return {
          id,
          state: options.transport === 'log' ? 'logged' : 'sent',
          providerMessageId: result.providerMessageId,
          inDigest,
        };
      case 'failed':
        return { id, state: 'failed', error: result.error };
      case 'interrupted':
        return putBack(delivery);
      case 'closed':
        return untilTooOld(delivery, { error: result.error, isUncounted: true });
      case 'unavailable':
        return untilTooOld(delivery, { error: result.error });
      case 'retry':
        return untilTooOld(delivery, {
          error: result.error,
          delayMs: retryDelay(delivery.attempts, random),
        });
    }
  }

  function untilTooOld(
    { id, age }: TakenDelivery,
    { error, delayMs, isUncounted }: { error: string; delayMs?: number; isUncounted?: true },
  ): DeliveryRecord {
    const leftMs = (maxAgeSeconds - age) * 1_000;
    if (leftMs > 0) {
      return {
        id,
        state: 'pending',
        error,
        ...(delayMs !== undefined && { delayMs: Math.min(delayMs, leftMs) }),
        ...(isUncounted && { isUncounted }),
      };
    }
    return {
      id,
      state: 'failed',
      error: isUncounted ? `not sent within ${maxAgeSeconds} s: ${error}` : error,
    };
  }

  return deliveries.map(toRecord);
}

/** A delivery that was taken and not tried. */
export const putBack = ({ id }: TakenDelivery): DeliveryRecord => ({
  id,
  state: 'pending',
  isUncounted: true,
});
