import type { Recorded } from '@incidents/core/delivery/record-outcome';
import type { Logger } from '@incidents/process/logger';

/** One line of what became of a message. */
export function logRecorded(logger: Logger, recorded: Recorded, message: Record<string, unknown>): void {
  const { state, error } = recorded;
  const line = {
    ...message,
    state,
    ...(error !== undefined && { error }),
    ...(state === 'pending' && { retry_in_ms: recorded.retryIn }),
  };
  if (state === 'failed') logger.error(line, 'delivery failed for good');
  else if (error !== undefined) logger.warn(line, 'delivery did not succeed');
  else logger.info(line, 'delivery');
}
