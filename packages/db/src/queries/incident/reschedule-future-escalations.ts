import { type Kysely, sql } from 'kysely';
import { isFromFuture } from '../../clock.ts';
import type { Database } from '../../tables/database.ts';

/** Makes escalations due now that were scheduled before the database's clock was set back. */
export async function rescheduleFutureEscalations(db: Kysely<Database>): Promise<void> {
  await sql`
    update incidents set escalates_at = least(escalates_at, now()) where id in (
      select id from incidents
      where escalates_at is not null and ${isFromFuture(sql`coalesce(updated_at, created_at)`)}
      for no key update skip locked)`.execute(db);
}
