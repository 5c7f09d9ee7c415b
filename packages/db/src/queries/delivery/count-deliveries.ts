import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { secondsSince } from '../seconds-since.ts';

export interface DeliveryCounts {
  pending: number;
  retrying: number;
  sending: number;
  failed: number;
  /** Since the oldest pending one was created or retried. */
  oldest_pending_age_seconds: number | null;
}

/** Reads the indexes of waiting and failed deliveries alone, at most `cap` of each. */
export async function countDeliveries(db: Kysely<Database>, cap: number): Promise<DeliveryCounts> {
  const oldest = sql`min(series_began_at) filter (where state = 'pending')`;
  // No parameter: a plan for any limit would scan the table.
  const limit = sql.lit(cap);
  const { rows } = await sql<DeliveryCounts>`
    select count(*) filter (where state = 'pending') as pending,
      count(*) filter (where state = 'pending' and attempts > 0) as retrying,
      count(*) filter (where state = 'sending') as sending,
      (
        select count(*) from (select from deliveries where state = 'failed' limit ${limit}) as failed
      ) as failed,
      case when ${oldest} is not null then ${secondsSince(oldest)} end as oldest_pending_age_seconds
    from (
      select state, attempts, series_began_at from deliveries where state in ('pending', 'sending') limit ${limit}
    ) as waiting`.execute(db);
  const [counts] = rows;
  if (counts === undefined) throw new Error('a count returned no row');
  return counts;
}
