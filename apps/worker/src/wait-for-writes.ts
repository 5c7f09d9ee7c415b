import { setTimeout as wait } from 'node:timers/promises';
import type { Db } from '@incidents/db/client';
import { findWriteObstacle } from '@incidents/db/find-write-obstacle';
import { isUnavailable } from '@incidents/db/unavailable';
import type { Logger } from '@incidents/runtime/logger';

const PROBE_INTERVAL_MS = 1_000;

/**
 * Resolves once the database takes writes, because a runner fails on a standby. Logs the reason once.
 * @throws the database's error when the first probe is not answered; AbortError when `signal` is aborted
 */
export async function waitForWrites({ kysely }: Db, logger: Logger, signal: AbortSignal): Promise<void> {
  let reason = await findWriteObstacle(kysely);
  if (reason === undefined) return;
  logger.warn({ reason }, 'the database takes no writes: waiting until it does');
  while (reason !== undefined) {
    await wait(PROBE_INTERVAL_MS, undefined, { signal });
    reason = await findWriteObstacle(kysely).catch((error) => {
      // A standby restarts on its way to becoming a primary.
      if (isUnavailable(error)) return 'it does not answer';
      throw error;
    });
  }
  logger.info('the database takes writes again');
}
