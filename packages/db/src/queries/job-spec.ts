import { type RawBuilder, sql } from 'kysely';

/** One job to queue; the statement that queues it adds the ids that it makes to the payload. */
export interface JobSpec {
  identifier: string;
  payload: Record<string, unknown>;
  max_attempts?: number;
  priority?: number;
  /** ISO 8601; now unless given. */
  run_at?: string;
  /** Of jobs with the same key at most one waits. */
  job_key?: string;
}

/** `jobs` as a set of rows with one column `job`, for `from`. */
export const jobRows = (jobs: JobSpec[]): RawBuilder<unknown> =>
  sql`jsonb_array_elements(${JSON.stringify(jobs)}::jsonb) as job`;

/**
 * A select that queues jobs within a larger statement and says how many. `due` selects a `job` (see
 * `jobRows`) and the `ids` to add to its payload. Something has to read the result, or PostgreSQL never runs
 * it; without a due job the queue is left alone.
 *
 * `add_jobs` plans its statements once per connection. A plan made for an empty queue scans the whole queue later, on
 * every call. So sequential scans are off, until the transaction ends, before `add_jobs` makes its plan.
 */
export const queueJobs = (
  due: RawBuilder<unknown>,
  options: { keepRunAt?: boolean } = {},
): RawBuilder<unknown> =>
  sql`
    select count(*) as jobs
    from (
      select array_agg(jsonb_populate_record(
        null::graphile_worker.job_spec,
        job || jsonb_build_object('payload', job -> 'payload' || ids)
      )) as specs
      from (${due}) as due
      having count(*) > 0
    ) as batch, graphile_worker.add_jobs(
      case set_config('enable_seqscan', 'off', true) when 'off' then batch.specs end,
      ${sql.lit(options.keepRunAt ?? false)}
    )`;
