import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import type { RecipientTestTable } from '../../tables/recipient-test.ts';
import type { JobSpec } from '../job/job-spec.ts';
import { jobRows, queueJobs } from '../job/queue-jobs.ts';
import { configuredRecipients } from '../recipient/configured-recipients.ts';
import { type RecipientTestRow, recipientTestColumns } from './recipient-test-row.ts';

export interface RecipientFilter {
  channel?: RecipientTestTable['channel'] | undefined;
  recipient?: string | undefined;
}

/** In one statement. `job` gets `test_id`, `channel` and `recipient` in its payload. */
export const insertRecipientTests = (
  db: Kysely<Database>,
  { channel, recipient }: RecipientFilter,
  job: JobSpec,
): Promise<RecipientTestRow[]> =>
  db
    .with(
      'tests',
      () => sql<RecipientTestTable>`(
        insert into recipient_tests (channel, recipient)
        select channel, recipient from (${configuredRecipients}) as configured
        where true
          ${channel === undefined ? sql`` : sql`and channel = ${channel}`}
          ${recipient === undefined ? sql`` : sql`and recipient = ${recipient}`}
        returning *)`,
    )
    .with(
      'queued',
      () =>
        sql<{ jobs: number }>`(${queueJobs(sql`
        select job, jsonb_build_object('test_id', id, 'channel', channel, 'recipient', recipient) as ids
        from tests, ${jobRows([job])}`)})`,
    )
    .selectFrom(['tests', 'queued'])
    .select(recipientTestColumns)
    .orderBy('channel')
    .orderBy('recipient')
    .execute();
