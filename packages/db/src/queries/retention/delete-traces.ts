import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import type { TraceTable } from './traces.ts';

/**
 * Deletes rows of a table that belong to the incidents, at most `limit`; locked ones stay. Returns how many.
 * A lateral query with a lock stays one look at an index per incident.
 */
export async function deleteTraces(
  db: Kysely<Database>,
  { table, incidentIds, limit }: { table: TraceTable; incidentIds: number[]; limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from ${sql.table(table)} where ctid = any(array(
      select trace.ctid from unnest(${incidentIds}::bigint[]) as incident (id) cross join lateral (
        select ctid from ${sql.table(table)} where incident_id = incident.id for update skip locked
      ) as trace limit ${limit}
    ))`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
