import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';

/** Twice as many as `readStatistics` shows: a clock that is set back shows older days again. */
const KEPT_DAYS = 60;

/**
 * Deletes figures that no reply shows: zeros and old days, at most `limit`. Returns how many.
 * It reads the whole table, as `readStatistics` does. Figures of the last change stay: they have its time.
 */
export async function deleteUnusedFigures(db: Kysely<Database>, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from incident_statistics where ctid = any(array(
      select ctid from incident_statistics
      where (incidents = 0 or dimension = 'day'
          and value < to_char((now() at time zone 'UTC')::date - ${sql.lit(KEPT_DAYS)}, 'YYYY-MM-DD'))
        and updated_at < (select max(updated_at) from incident_statistics)
      limit ${limit} for update skip locked
    ))`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
