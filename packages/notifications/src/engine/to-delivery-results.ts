import type { ClaimedDelivery } from '@incidents/db/queries/delivery/claim-deliveries';
import type { DeliveryResult } from '@incidents/db/queries/delivery/record-deliveries';
import { calculateRetryDelayMs } from './calculate-retry-delay-ms.ts';
import type { Channel, SendResult } from './channel.ts';

/** `closed` and `unavailable` set no delay, so the order stays. The last retry falls on `maxAgeSeconds`. */
export function toDeliveryResults(
  deliveries: ClaimedDelivery[],
  result: SendResult,
  options: { transport: Channel['transport']; maxAgeSeconds: number; inDigest: boolean },
): DeliveryResult[] {
  const { maxAgeSeconds, inDigest } = options;
  // One value for all: the deliveries of a digest are retried together.
  const random = Math.random();

  function toDeliveryResult(delivery: ClaimedDelivery): DeliveryResult {
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
        return toPutBackResult(delivery);
      case 'closed':
        return retryUntilMaxAge(delivery, { error: result.error, isUncounted: true });
      case 'unavailable':
        return retryUntilMaxAge(delivery, { error: result.error });
      case 'retry':
        return retryUntilMaxAge(delivery, {
          error: result.error,
          delayMs: calculateRetryDelayMs(delivery.attempts, random),
        });
    }
  }

  function retryUntilMaxAge(
    { id, age_seconds: ageSeconds }: ClaimedDelivery,
    { error, delayMs, isUncounted }: { error: string; delayMs?: number; isUncounted?: true },
  ): DeliveryResult {
    const remainingMs = (maxAgeSeconds - ageSeconds) * 1_000;
    if (remainingMs > 0) {
      return {
        id,
        state: 'pending',
        error,
        ...(delayMs !== undefined && { delayMs: Math.min(delayMs, remainingMs) }),
        ...(isUncounted && { isUncounted }),
      };
    }
    return {
      id,
      state: 'failed',
      error: isUncounted ? `not sent within ${maxAgeSeconds} s: ${error}` : error,
    };
  }

  return deliveries.map(toDeliveryResult);
}

export const toPutBackResult = ({ id }: ClaimedDelivery): DeliveryResult => ({
  id,
  state: 'pending',
  isUncounted: true,
});

export const toSkippedResult = ({ id, incident }: ClaimedDelivery): DeliveryResult => ({
  id,
  state: 'skipped',
  error: `the ${incident === null ? 'incident' : 'event'} no longer exists`,
});
