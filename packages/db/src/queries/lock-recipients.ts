import { type Kysely, sql } from 'kysely';
import type { Database } from '../tables/database.ts';

/**
 * Waits until nobody else is planning for these recipients, and keeps everybody else from it until the transaction
 * ends. Always in the same order: those who lock several never wait for one another in a circle.
 */
export async function lockRecipients(
  transaction: Kysely<Database>,
  channel: string,
  recipients: string[],
): Promise<void> {
  await sql`
    select pg_advisory_xact_lock(hashtextextended(${channel} || ':' || recipient, 0))
    from unnest(${recipients.toSorted()}::text[]) with ordinality as waiting (recipient, position)
    order by position`.execute(transaction);
}
