import type { CreateComment, IncidentEvent } from '@incidents/contracts';
import { insertComment } from '@incidents/db/queries/incident-event/insert-comment';
import { violatesConstraint } from '@incidents/db/unavailable';
import type { Context } from '../context.ts';
import { IncidentNotFoundError } from '../errors.ts';
import { runIdempotently } from '../run-idempotently.ts';
import { toEvent } from './to-event.ts';

/**
 * Adds a comment to the history. The incident stays as it is, and nothing is sent.
 * @throws IncidentNotFoundError, IdempotencyKeyReusedError, RequestInProgressError
 */
export async function createComment(
  context: Context,
  incidentId: number,
  { text }: CreateComment,
  idempotencyKey: string | undefined,
): Promise<{ event: IncidentEvent; isReplayed: boolean }> {
  const result = await runIdempotently(
    idempotencyKey,
    ['createComment', incidentId, text],
    async (idempotency) => {
      const insert = { incidentId, text, cause: context, idempotency };
      try {
        return await insertComment(context.db, insert);
      } catch (error) {
        if (!violatesConstraint(error, 'idempotency_keys_pkey')) throw error;
        // The reply of the faster request is committed now.
        return insertComment(context.db, insert);
      }
    },
  );
  if (result.outcome === 'unknown_incident') throw new IncidentNotFoundError(incidentId);
  return { event: toEvent(result.event), isReplayed: result.outcome === 'replayed' };
}
