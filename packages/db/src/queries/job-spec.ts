import { type RawBuilder, sql } from 'kysely';

/** One job to queue beside an incident; the statement that queues it adds `incident_id` to the payload. */
export interface JobSpec {
  identifier: string;
  payload: Record<string, unknown>;
  max_attempts?: number;
  priority?: number;
}

/**
 * The call that queues `jobs` for every row of `incidents` (an alias with an `id`), as an expression for
 * `from`. Something has to read its rows, or PostgreSQL never runs it.
 */
export function addJobs(incidents: string, jobs: JobSpec[]): RawBuilder<unknown> {
  return sql`graphile_worker.add_jobs((
    select array_agg(jsonb_populate_record(
      null::graphile_worker.job_spec,
      job || jsonb_build_object('payload',
        job -> 'payload' || jsonb_build_object('incident_id', ${sql.ref(`${incidents}.id`)}))
    ))
    from jsonb_array_elements(${JSON.stringify(jobs)}::jsonb) as job
  ))`;
}
