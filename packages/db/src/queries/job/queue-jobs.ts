import { type RawBuilder, sql } from 'kysely';
import type { JobSpec } from './job-spec.ts';

export const jobRows = (jobs: JobSpec[]): RawBuilder<unknown> =>
  sql`jsonb_array_elements(${JSON.stringify(jobs)}::jsonb) as job`;

/**
 * Queues `jobs`, a JSON array of `EventJobSpec`, for each of `events` (`id`, `incident_id`, `request_id`).
 * Specs are made column by column: through jsonb they cost three times as much. `condition` sees `event` and `job`.
 */
export const queueEventJobs = (
  jobs: string,
  condition: RawBuilder<unknown> = sql`true`,
): RawBuilder<unknown> =>
  addJobs(sql`
    select row(
      job.identifier,
      json_build_object(
        'incident_id', event.incident_id, 'event_id', event.id, 'request_id', event.request_id
      ),
      null, null, job.max_attempts, null, job.priority, null
    )::graphile_worker.job_spec as spec
    from event, jsonb_to_recordset(${jobs}::jsonb)
      as job (identifier text, max_attempts int, priority int, fields text[], notifies boolean)
    where ${condition}`);

/**
 * Queues each `job` of `due`, with `ids` in its payload. Without a due job the queue is left alone.
 * Something has to read the result, or PostgreSQL never runs it.
 */
export const queueJobs = (
  due: RawBuilder<unknown>,
  options: { keepRunAt?: boolean } = {},
): RawBuilder<unknown> =>
  addJobs(
    sql`
      select jsonb_populate_record(
        null::graphile_worker.job_spec,
        job || jsonb_build_object('payload', job -> 'payload' || ids)
      ) as spec
      from (${due}) as due`,
    options,
  );

/**
 * A plan that `add_jobs` made for an empty queue would scan it all later, so sequential scans are off.
 * PostgreSQL would then plan anew on every call, which takes 0.6 ms, so it must keep the plan.
 */
const PLAN_SETTINGS = sql`
  set_config('enable_seqscan', 'off', true) = 'off'
  and set_config('plan_cache_mode', 'force_generic_plan', true) = 'force_generic_plan'`;

const addJobs = (specs: RawBuilder<unknown>, { keepRunAt = false } = {}): RawBuilder<unknown> =>
  sql`
    select count(*) as jobs
    from (select array_agg(spec) as specs from (${specs}) as due having count(*) > 0) as batch,
      graphile_worker.add_jobs(
        case when ${PLAN_SETTINGS} then batch.specs end,
        ${sql.lit(keepRunAt)}
      )`;
