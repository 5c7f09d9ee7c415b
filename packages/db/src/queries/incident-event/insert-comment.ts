import { type Kysely, sql } from 'kysely';
import { compileOnce } from '../../compile-once.ts';
import type { Database } from '../../tables/database.ts';
import type { Idempotency } from '../idempotency-key/idempotency.ts';
import type { Cause } from '../incident/new-incident.ts';
import { isoTime } from '../iso-time.ts';
import type { EventRow } from './event-row.ts';

export interface CommentInsert {
  incidentId: number;
  text: string;
  cause: Cause;
  idempotency: Idempotency | undefined;
}

export type CommentResult =
  | { outcome: 'created' | 'replayed'; event: EventRow }
  | { outcome: 'key_reused' }
  | { outcome: 'unknown_incident' };

/**
 * Stores a comment and, with a key, the reply in one statement.
 * @throws pg's violation of `idempotency_keys_pkey` when another request with the key was faster
 */
export async function insertComment(
  db: Kysely<Database>,
  { incidentId, text, cause, idempotency }: CommentInsert,
): Promise<CommentResult> {
  const { rows } = await insertStatement(
    db,
    incidentId,
    text,
    cause.actor,
    cause.requestId,
    idempotency?.key ?? null,
    idempotency?.fingerprint ?? null,
  );
  return rows[0] ?? { outcome: 'unknown_incident' };
}

// The lock keeps a deletion out until the comment is stored. Updates pass.
const insertStatement = compileOnce(
  (
    incidentId: number,
    text: string,
    actor: string,
    requestId: string,
    key: string | null,
    fingerprint: string | null,
  ) => sql<Exclude<CommentResult, { outcome: 'unknown_incident' }>>`
    with stored as materialized (
      select fingerprint = ${fingerprint}::text as is_same, reply from idempotency_keys
      where actor = ${actor}::text and key = ${key}::text
    ), incident as materialized (
      select id from incidents where id = ${incidentId}::bigint and not exists (select from stored) for key share
    ), inserted as (
      insert into incident_events (incident_id, kind, comment, actor, request_id, at)
      select id, 'commented', ${text}::text, ${actor}::text, ${requestId}::text, clock_timestamp() from incident
      returning *
    ), event as materialized (
      select (select row_to_json(event) from (select
        inserted.id, incident_id, kind, changes, comment, actor, request_id, ${isoTime('inserted.at')} as at
      ) as event) as event from inserted
    ), kept as (
      insert into idempotency_keys (actor, key, fingerprint, status, reply)
      select ${actor}::text, ${key}::text, ${fingerprint}::text, 201, event from event where ${key}::text is not null
    )
    select 'created' as outcome, event from event
    union all
    select case when is_same then 'replayed' else 'key_reused' end, reply from stored`,
);
