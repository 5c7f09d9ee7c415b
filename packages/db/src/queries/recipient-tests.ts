import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';
import { configuredRecipients } from './configured-recipients.ts';
import { type JobSpec, jobRows, queueJobs } from './job-spec.ts';

/** A test message to one recipient. */
export interface RecipientTestRow {
  id: number;
  channel: 'email' | 'telegram';
  recipient: string;
  /** Null until it has ended. */
  ok: boolean | null;
  detail: string | null;
  /** Milliseconds from the request to the end, or until now. */
  duration_ms: number;
}

const testColumns = sql`
  id, channel, recipient, ok, detail,
  greatest(0, round(extract(epoch from coalesce(finished_at, clock_timestamp()) - created_at) * 1000))::float8
    as duration_ms`;

/** Which of the configured recipients are tested. */
export interface RecipientFilter {
  channel?: 'email' | 'telegram' | undefined;
  recipient?: string | undefined;
}

/**
 * Records a test of each configured recipient and queues its job, in one statement.
 * @param job gets `test_id`, `channel` and `recipient` in its payload
 */
export async function insertRecipientTests(
  db: Kysely<Database>,
  { channel, recipient }: RecipientFilter,
  job: JobSpec,
): Promise<RecipientTestRow[]> {
  const { rows } = await sql<RecipientTestRow>`
    with tests as (
      insert into recipient_tests (channel, recipient)
      select channel, recipient from (${configuredRecipients}) as configured
      where true
        ${channel === undefined ? sql`` : sql`and channel = ${channel}`}
        ${recipient === undefined ? sql`` : sql`and recipient = ${recipient}`}
      returning *
    ), queued as (${queueJobs(sql`
      select job, jsonb_build_object('test_id', id, 'channel', channel, 'recipient', recipient) as ids
      from tests, ${jobRows([job])}`)}
    )
    select ${testColumns} from tests, queued order by channel, recipient`.execute(db);
  return rows;
}

/** Tests by their ids, by channel and recipient. */
export async function listRecipientTests(db: Kysely<Database>, ids: number[]): Promise<RecipientTestRow[]> {
  const { rows } = await sql<RecipientTestRow>`
    select ${testColumns} from recipient_tests where id = any(${ids}::bigint[])
    order by channel, recipient`.execute(db);
  return rows;
}

/** Whether a test has no result and was asked for within the last `seconds`. */
export async function isRecipientTestOpen(
  db: Kysely<Database>,
  id: number,
  seconds: number,
): Promise<boolean> {
  const { rows } = await sql<{ open: boolean }>`
    select exists (
      select from recipient_tests where id = ${id} and ok is null
        and created_at > now() - make_interval(secs => ${seconds})
    ) as open`.execute(db);
  return rows[0]?.open ?? false;
}

/** Writes the result of a test down, unless it has one. */
export async function finishRecipientTest(
  db: Kysely<Database>,
  id: number,
  { ok, detail }: { ok: boolean; detail: string },
): Promise<void> {
  await sql`
    update recipient_tests set ok = ${ok}, detail = ${detail}, finished_at = now()
    where id = ${id} and ok is null`.execute(db);
}

/** Deletes the tests that are older than a day. */
export async function deleteOldRecipientTests(db: Kysely<Database>): Promise<void> {
  await sql`delete from recipient_tests where created_at <= now() - interval '1 day'`.execute(db);
}
