import { hash } from 'node:crypto';
import type { CreateIncident, Incident } from '@incidents/contracts';
import { isTimeout } from '@incidents/db/unavailable';
import type { WriteContext } from '../context.ts';
import { IdempotencyKeyReusedError, RequestInProgressError } from '../errors.ts';
import { toIncident } from './to-incident.ts';

export interface CreatedIncident {
  incident: Incident;
  /** 201 for a new incident, 200 for a further report of an open one; a repeated request has its first status. */
  status: 200 | 201;
  isReplayed: boolean;
}

/**
 * Stores the incident, its first event and its three jobs in one statement: all of it or nothing.
 * While an incident with the `dedup_key` of the source is open, the report adds to it.
 * @throws IdempotencyKeyReusedError, RequestInProgressError
 */
export async function createIncident(
  context: WriteContext,
  input: CreateIncident,
  idempotencyKey?: string | undefined,
): Promise<CreatedIncident> {
  const idempotency =
    idempotencyKey === undefined ? undefined : { key: idempotencyKey, fingerprint: fingerprintOf(input) };
  try {
    const result = await context.incidentWriter.insert({ incident: input, cause: context, idempotency });
    if (result.outcome === 'key_reused') throw new IdempotencyKeyReusedError();
    return {
      incident: toIncident(result.incident),
      status: result.status,
      isReplayed: result.outcome === 'replayed',
    };
  } catch (error) {
    if (idempotency !== undefined && isTimeout(error)) throw new RequestInProgressError();
    throw error;
  }
}

/** Parsed input has its fields in the order of the contract, so equal input has one digest. */
const fingerprintOf = (input: CreateIncident): string =>
  hash('sha256', JSON.stringify(['createIncident', input]));
