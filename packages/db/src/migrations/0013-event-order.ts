import { type Kysely, sql } from 'kysely';

/** Event streams read the events of transactions that an earlier snapshot did not see. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Without `id`: equal keys of one statement share an index entry.
  await sql`create index incident_events_transaction on incident_events (transaction)`.execute(db);
}
