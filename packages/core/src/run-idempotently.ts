import { hash } from 'node:crypto';
import type { Idempotency } from '@incidents/db/queries/idempotency-key/idempotency';
import { isTimeout } from '@incidents/db/unavailable';
import { IdempotencyKeyReusedError, RequestInProgressError } from './errors.ts';

/**
 * Runs a write whose statement stores the reply with the key.
 * @param request the operation and its parsed input; equal input has one digest, as parsing orders the fields
 * @throws IdempotencyKeyReusedError, RequestInProgressError
 */
export async function runIdempotently<Result extends { outcome: string }>(
  key: string | undefined,
  request: [operation: string, ...input: unknown[]],
  write: (idempotency: Idempotency | undefined) => Promise<Result>,
): Promise<Exclude<Result, { outcome: 'key_reused' }>> {
  const idempotency =
    key === undefined ? undefined : { key, fingerprint: hash('sha256', JSON.stringify(request)) };
  try {
    const result = await write(idempotency);
    if (result.outcome === 'key_reused') throw new IdempotencyKeyReusedError();
    return result as Exclude<Result, { outcome: 'key_reused' }>;
  } catch (error) {
    if (idempotency !== undefined && isTimeout(error)) throw new RequestInProgressError();
    throw error;
  }
}
