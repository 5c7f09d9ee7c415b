import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { type DeliveryRow, deliveryColumns } from './delivery-row.ts';
import { type JobSpec, jobRows, queueJobs } from './job-spec.ts';

/** Deliveries that left, all in the message `providerMessageId`; whatever else was written of them meanwhile. */
export async function markSent(
  db: Kysely<Database>,
  ids: number[],
  providerMessageId: string | null,
): Promise<void> {
  await sql`
    update deliveries set state = 'sent', provider_message_id = ${providerMessageId}, last_error = null,
      next_attempt_at = null, sent_at = now(), updated_at = now()
    where id = any(${ids}::bigint[])`.execute(db);
}

/**
 * Deliveries that will not be tried again by themselves (`failed`), or that nobody needs any more (`skipped`). One
 * that somebody else has meanwhile sent stays sent.
 */
export async function markEnded(
  db: Kysely<Database>,
  ids: number[],
  state: 'failed' | 'skipped',
  error: string,
): Promise<void> {
  await sql`
    update deliveries set state = ${state}, last_error = ${error}, next_attempt_at = null, updated_at = now()
    where id = any(${ids}::bigint[]) and state = 'sending'`.execute(db);
}

/** What is to become of deliveries that have to wait. */
export interface Postponement {
  /** Milliseconds from now. */
  delay: number;
  /** Why; null leaves the last error as it is. */
  error: string | null;
  /** Whether the attempt counts; one that the channel only asked to postpone does not. */
  attemptCounts: boolean;
  /** Queued for then, in the same statement. */
  job: JobSpec;
}

/** Puts deliveries back and queues the job that tries them again, in one statement. */
export async function postpone(
  db: Kysely<Database>,
  ids: number[],
  { delay, error, attemptCounts, job }: Postponement,
): Promise<void> {
  const later = sql`now() + make_interval(secs => ${delay / 1000})`;
  await sql`
    with postponed as (
      update deliveries set state = 'pending', last_error = coalesce(${error}, last_error),
        attempts = attempts - ${attemptCounts ? 0 : 1},
        next_attempt_at = ${later}, updated_at = now()
      where id = any(${ids}::bigint[]) and state = 'sending'
      returning id
    ), queued as (${queueJobs(sql`
      select job || jsonb_build_object('run_at', ${later}) as job, '{}'::jsonb as ids
      from ${jobRows([job])} where exists (select from postponed)`)}
    )
    select jobs from queued`.execute(db);
}

/**
 * Starts a new series of attempts for a failed delivery and queues its job.
 * @returns the delivery as it is now; undefined when it had not failed, and then it is left alone
 */
export async function retryDelivery(
  db: Kysely<Database>,
  id: number,
  job: JobSpec,
): Promise<DeliveryRow | undefined> {
  const { rows } = await sql<DeliveryRow>`
    with retried as (
      update deliveries set state = 'pending', attempts = 0, digest = false, next_attempt_at = now(),
        series_began_at = now(), updated_at = now()
      where id = ${id} and state = 'failed'
      returning ${deliveryColumns}
    ), queued as (${queueJobs(sql`
      select job || jsonb_build_object('job_key', 'delivery:' || retried.id) as job,
        jsonb_build_object('delivery_id', retried.id, 'incident_id', retried.incident_id) as ids
      from retried, ${jobRows([job])}`)}
    )
    select retried.* from retried, queued`.execute(db);
  return rows[0];
}
