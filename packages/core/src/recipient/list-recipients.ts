import type { Recipient } from '@incidents/contracts';
import { type RecipientRow, selectRecipients } from '@incidents/db/queries/recipient/select-recipients';
import type { Context } from '../context.ts';
import { memoizeFor } from '../memoize-for.ts';

/** Recipients of living workers, and those with waiting or failed deliveries. Kept for two seconds. */
export const listRecipients = ({ db }: Pick<Context, 'db'>): Promise<Recipient[]> => shared(db);

const shared = memoizeFor(2_000, async (db: Context['db']) => (await selectRecipients(db)).map(toRecipient));

const toRecipient = (row: RecipientRow): Recipient => ({
  channel: row.channel,
  transport: row.transport,
  recipient: row.recipient,
  configured: row.configured,
  sources: row.sources,
  severities: row.severities,
  pending: row.pending,
  sending: row.sending,
  failed: row.failed,
  oldest_waiting_age_seconds: row.oldest_waiting_age_seconds,
  last_error: row.last_error,
  last_error_at: row.last_error_at,
  failing_since: row.failing_since,
  closed_until: row.closed_until,
  last_success_at: row.last_success_at,
});
