import { type Kysely, sql } from 'kysely';
import { compileOnce } from '../../compile-once.ts';
import type { Database } from '../../tables/database.ts';
import type { EventJobSpec } from '../job/job-spec.ts';
import { queueEventJobs } from '../job/queue-jobs.ts';
import { escalationTime } from './escalation-time.ts';
import type { NotificationPolicy } from './new-incident.ts';

export interface EscalationOptions extends Pick<NotificationPolicy, 'escalateAfterSeconds'> {
  /** Of each escalated incident; their payloads are `incident_id`, `event_id` and `request_id`. */
  jobs: EventJobSpec[];
  requestId: string;
  /** Incidents of one statement, at most. */
  limit: number;
}

/**
 * Escalates incidents whose `escalates_at` is over: next time, event and jobs in one statement, all or nothing.
 * Skips an incident that another transaction holds: a worker escalates it, or a caller takes it.
 * @returns the number of escalated incidents
 */
export async function escalateDueIncidents(
  db: Kysely<Database>,
  { escalateAfterSeconds, jobs, requestId, limit }: EscalationOptions,
): Promise<number> {
  const { rows } = await escalateStatement(
    db,
    JSON.stringify(escalateAfterSeconds),
    JSON.stringify(jobs),
    requestId,
    limit,
  );
  return rows.length;
}

const escalateStatement = compileOnce(
  (periods: string, jobs: string, requestId: string, limit: number) => sql<{ id: number }>`
    with due as materialized (
      -- A row that changed since the snapshot is checked again under its lock. Taken ones have no time.
      select id from incidents where escalates_at <= now()
      order by escalates_at limit ${limit}::int for no key update skip locked
    ), escalated as (
      -- From now on, not from the last time: a pause of all workers costs one escalation, not one per period.
      update incidents set escalates_at = ${escalationTime(periods, sql`incidents.severity`)}
      from due where incidents.id = due.id
      returning incidents.id
    ), event as (
      insert into incident_events (incident_id, kind, actor, request_id, at)
      select id, 'escalated', 'worker', ${requestId}::text, clock_timestamp() from escalated order by id
      returning id, incident_id, request_id
    ), queued as (${queueEventJobs(jobs)})
    select incident_id as id from event, queued`,
);
