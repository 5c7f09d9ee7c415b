import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../tables/database.ts';

/** Deliveries that are to be sent no more, because their job is gone; what has ended is left as it is. */
export const skipDeliveries = (db: Kysely<Database>, ids: number[], error: string): Promise<void> =>
  skip(db, sql`id = any(${ids}::bigint[])`, error);

/** Everything that has gathered for a recipient and is to be sent no more, because the job of its digest is gone. */
export const skipGathered = (
  db: Kysely<Database>,
  { channel, recipient }: { channel: string; recipient: string },
  error: string,
): Promise<void> => skip(db, sql`channel = ${channel} and recipient = ${recipient} and digest`, error);

async function skip(db: Kysely<Database>, which: RawBuilder<unknown>, error: string): Promise<void> {
  await sql`
    update deliveries set state = 'skipped', last_error = ${error}, next_attempt_at = null, updated_at = now()
    where ${which} and state in ('pending', 'sending')`.execute(db);
}
