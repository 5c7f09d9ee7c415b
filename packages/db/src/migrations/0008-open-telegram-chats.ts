import { type Kysely, sql } from 'kysely';

/**
 * Opens chats that were closed for as long as a server had asked, be it years; none is closed for longer than an hour
 * any more. Messages that wait for them are tried again now.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const tooFar = sql`now() + interval '1 hour'`;
  await sql`update telegram_turns set next_at = now() where next_at > ${tooFar}`.execute(db);
  await sql`
    select count(*) from graphile_worker.reschedule_jobs(array(
      select jobs.id from graphile_worker.jobs as jobs
      join deliveries on jobs.key = 'delivery:' || deliveries.id
      where deliveries.state = 'pending' and deliveries.next_attempt_at > ${tooFar}
    ), run_at => now())`.execute(db);
  await sql`
    select count(*) from graphile_worker.reschedule_jobs(array(
      select id from graphile_worker.jobs
      where task_identifier = 'send_digest' and locked_at is null and run_at > ${tooFar}
    ), run_at => now())`.execute(db);
  await sql`
    update deliveries set next_attempt_at = now()
    where state = 'pending' and next_attempt_at > ${tooFar}`.execute(db);
}
