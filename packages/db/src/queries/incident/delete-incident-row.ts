import { type Kysely, sql } from 'kysely';
import { compileOnce } from '../../compile-once.ts';
import type { Database } from '../../tables/database.ts';
import type { EventJobSpec } from '../job/job-spec.ts';
import { queueEventJobs } from '../job/queue-jobs.ts';
import { incidentJson } from './incident-row.ts';
import type { Cause } from './new-incident.ts';
import type { UpdateResult } from './update-incident-rows.ts';

export interface IncidentDeletion {
  id: number;
  cause: Cause;
  /** Only one of these versions is deleted. */
  expectedVersions?: number[] | undefined;
}

/**
 * Moves the row to `deleted_incidents`, with its event and `jobs`, in one statement. Waits for the row's lock.
 * @returns the incident as it was; undefined for an unknown one
 */
export async function deleteIncidentRow(
  db: Kysely<Database>,
  { id, cause, expectedVersions }: IncidentDeletion,
  jobs: EventJobSpec[],
): Promise<UpdateResult | undefined> {
  const { rows } = await deleteStatement(
    db,
    id,
    expectedVersions ?? null,
    cause.actor,
    cause.requestId,
    JSON.stringify(jobs),
  );
  return rows[0];
}

const deleteStatement = compileOnce(
  (
    id: number,
    expectedVersions: number[] | null,
    actor: string,
    requestId: string,
    jobs: string,
  ) => sql<UpdateResult>`
    with locked as materialized (
      select * from incidents where id = ${id}::bigint for update
    ), before as materialized (
      select *, version <> all(${expectedVersions}::bigint[]) is true as is_stale from locked
    ), removed as (
      delete from incidents where id = ${id}::bigint and id in (select id from before where not is_stale)
      returning *
    ), moved as (
      insert into deleted_incidents (id, incident, deleted_by) select id, to_jsonb(removed), ${actor}::text from removed
    ), event as (
      insert into incident_events (incident_id, kind, actor, request_id, at)
      select id, 'deleted', ${actor}::text, ${requestId}::text, clock_timestamp() from removed
      returning id, incident_id, request_id
    ), queued as (${queueEventJobs(jobs)})
    select is_stale as "isStale", ${incidentJson('before')} as incident from before, queued`,
);
