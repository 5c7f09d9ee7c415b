import type { Connection } from '../../connection.ts';
import type { Idempotency } from '../idempotency-key/idempotency.ts';
import type { EventJobSpec } from '../job/job-spec.ts';
import type { IncidentRow } from './incident-row.ts';
import { insertKeyed, insertKeyedAlone, insertPlain, insertPlainAlone } from './insert-statements.ts';
import type { Cause, NewIncident, NotificationPolicy } from './new-incident.ts';

export interface IncidentInsert {
  incident: NewIncident;
  cause: Cause;
  /** Set for a request with an `Idempotency-Key`. */
  idempotency?: Idempotency | undefined;
}

/** A job of a new incident. */
export type NewIncidentJobSpec = EventJobSpec & {
  /** Whether it is queued, too, when further reports notify again. */
  notifies: boolean;
};

export type InsertResult =
  | {
      /** `added` to the incident that is open with the same source and key; `replayed` for a repeated request. */
      outcome: 'created' | 'added' | 'replayed';
      status: 200 | 201;
      incident: IncidentRow;
    }
  /** Another request has used this `Idempotency-Key` with another input. */
  | { outcome: 'key_reused' };

/**
 * Stores incidents, first events and jobs in one statement: all or nothing. Keeps the order of `inserts`.
 * No two share a `dedup_key` of a source, or an `Idempotency-Key` of an actor.
 * @param jobs of each incident; their payloads are `incident_id`, `event_id` and `request_id`
 * @returns undefined where another transaction holds the incident or the key: insert it alone
 */
export async function insertIncidents(
  connection: Connection,
  inserts: IncidentInsert[],
  jobs: NewIncidentJobSpec[],
  policy: NotificationPolicy,
): Promise<(InsertResult | undefined)[]> {
  const isKeyed = inserts.some(({ incident, idempotency }) => incident.dedup_key || idempotency);
  if (isKeyed) return runKeyed(insertKeyed, connection, inserts, jobs, policy);
  const [first, second] = inserts;
  const { rows } =
    first !== undefined && second === undefined
      ? await runPlainAlone(connection, first, jobs, policy)
      : await insertPlain(connection, ...toStatementValues(inserts, jobs, policy));
  if (rows.length !== inserts.length) throw createTooFewRowsError();
  return rows.map(({ incident }) => ({ outcome: 'created', status: 201, incident }));
}

/** Waits for the incident that is open with the same source and key. Undefined: another transaction was faster. */
export async function insertIncident(
  connection: Connection,
  insert: IncidentInsert,
  jobs: NewIncidentJobSpec[],
  policy: NotificationPolicy,
): Promise<InsertResult | undefined> {
  const [result] = await runKeyed(insertKeyedAlone, connection, [insert], jobs, policy);
  return result;
}

const runPlainAlone = (
  connection: Connection,
  { incident, cause }: IncidentInsert,
  jobs: NewIncidentJobSpec[],
  { escalateAfterSeconds }: NotificationPolicy,
) =>
  insertPlainAlone(
    connection,
    incident.text,
    incident.description,
    incident.status,
    incident.source,
    incident.severity,
    incident.bot,
    incident.assignee,
    incident.labels && JSON.stringify(incident.labels),
    incident.links && JSON.stringify(incident.links),
    cause.actor,
    cause.requestId,
    JSON.stringify(jobs),
    JSON.stringify(escalateAfterSeconds),
  );

async function runKeyed(
  statement: typeof insertKeyed,
  connection: Connection,
  inserts: IncidentInsert[],
  jobs: NewIncidentJobSpec[],
  policy: NotificationPolicy,
): Promise<(InsertResult | undefined)[]> {
  const { rows } = await statement(
    connection,
    ...toStatementValues(inserts, jobs, policy),
    policy.renotifyAfterSeconds,
  );
  const results: (InsertResult | undefined)[] = inserts.map(() => undefined);
  for (const { position, ...result } of rows) results[position - 1] = result;
  if (results.some((result, index) => result === undefined && !inserts[index]?.incident.dedup_key)) {
    throw createTooFewRowsError();
  }
  return results;
}

const createTooFewRowsError = () => new Error('the insert of incidents returned too few rows');

function toStatementValues(
  inserts: IncidentInsert[],
  jobs: NewIncidentJobSpec[],
  { escalateAfterSeconds }: NotificationPolicy,
): [input: string, jobs: string, periods: string] {
  const input = inserts.map(({ incident, cause, idempotency }) => ({
    ...incident,
    dedup_key: incident.dedup_key || null,
    actor: cause.actor,
    request_id: cause.requestId,
    idempotency_key: idempotency?.key,
    fingerprint: idempotency?.fingerprint,
  }));
  return [JSON.stringify(input), JSON.stringify(jobs), JSON.stringify(escalateAfterSeconds)];
}
