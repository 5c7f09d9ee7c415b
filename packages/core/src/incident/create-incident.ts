import type { CreateIncident, Incident } from '@incidents/contracts';
import type { WriteContext } from '../context.ts';
import { runIdempotently } from '../run-idempotently.ts';
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
  const { incident, status, outcome } = await runIdempotently(
    idempotencyKey,
    ['createIncident', input],
    (idempotency) => context.incidentWriter.insert({ incident: input, cause: context, idempotency }),
  );
  return { incident: toIncident(incident), status, isReplayed: outcome === 'replayed' };
}
