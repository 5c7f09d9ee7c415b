import { type Kysely, sql } from 'kysely';
import { isFromFuture } from '../clock.ts';
import { assertLease, holdsLease, poolIsAlive } from '../lease.ts';
import type { Database } from '../tables/database.ts';
import type { DeliveryTable } from '../tables/delivery.ts';
import { isoTime } from './iso-time.ts';
import { lockRecipients } from './lock-recipients.ts';

/** An incident that a digest names. */
export interface GatheredDelivery {
  id: number;
  incident_id: number;
  transport: DeliveryTable['transport'];
  attempts: number;
  /** Of the current series of attempts, in seconds. */
  age: number;
  text: string;
  status: string;
  source: string;
  created_at: string;
}

/** Rows that a living worker took and has not finished after this long are taken from it. */
const ABANDONED_AFTER_SECONDS = 120;

/**
 * Takes what has gathered for a recipient, the oldest first, and counts the attempt. Deliveries about incidents
 * that no longer exist are skipped. What a worker that is gone had taken is taken over.
 * @param options.upTo the id of the last one to take
 * @param options.poolId the worker pool that is going to send them
 * @throws LeaseLost when the pool is taken for dead; then nothing was taken
 */
export async function claimDigest(
  db: Kysely<Database>,
  channel: string,
  recipient: string,
  { upTo, limit, poolId }: { upTo: number; limit: number; poolId: string },
): Promise<GatheredDelivery[]> {
  const { rows } = await sql<GatheredDelivery>`
    with gathered as (
      select id, incident_id from deliveries
      where channel = ${channel} and recipient = ${recipient} and digest and id <= ${upTo}
        and (state = 'pending'
          or state = 'sending' and (not ${poolIsAlive(sql`deliveries.claimed_by`)}
            or updated_at < now() - make_interval(secs => ${ABANDONED_AFTER_SECONDS})
            or ${isFromFuture(sql`updated_at`)}))
        and ${holdsLease(poolId)}
      order by id limit ${limit} for update skip locked
    ), orphaned as (
      update deliveries set state = 'skipped', last_error = 'the incident no longer exists',
        next_attempt_at = null, updated_at = now()
      from gathered
      where deliveries.id = gathered.id
        and not exists (select from incidents where incidents.id = gathered.incident_id)
      returning deliveries.id
    ), claimed as (
      update deliveries set state = 'sending', attempts = attempts + 1, claimed_by = ${poolId}, updated_at = now()
      from gathered, incidents
      where deliveries.id = gathered.id and incidents.id = gathered.incident_id
      returning deliveries.id, deliveries.incident_id, deliveries.transport, deliveries.attempts,
        extract(epoch from now() - deliveries.series_began_at)::float8 as age,
        incidents.text, incidents.status, incidents.source, ${isoTime('incidents.created_at')} as created_at
    )
    select claimed.* from claimed, (select count(*) from orphaned) as skipped order by claimed.id`.execute(
    db,
  );
  if (rows.length === 0) await assertLease(db, poolId);
  return rows;
}

/**
 * The last delivery that has gathered for a recipient and waits. Who is planning one is waited for: the job that
 * asks may have been taken from the queue while they counted on it, and would be the only one.
 * @returns its id, undefined when there is none
 */
export async function lastGathered(
  db: Kysely<Database>,
  channel: string,
  recipient: string,
): Promise<number | undefined> {
  return db.transaction().execute(async (transaction) => {
    await lockRecipients(transaction, channel, [recipient]);
    const { rows } = await sql<{ last: number | null }>`
      select max(id) as last from deliveries
      where channel = ${channel} and recipient = ${recipient} and digest
        and state in ('pending', 'sending')`.execute(transaction);
    return rows[0]?.last ?? undefined;
  });
}

/** Whether anything that has gathered for the recipient is still to be sent, by this worker or another. */
export async function digestIsWaiting(
  db: Kysely<Database>,
  channel: string,
  recipient: string,
): Promise<boolean> {
  const { rows } = await sql<{ waiting: boolean }>`
    select exists (
      select from deliveries
      where channel = ${channel} and recipient = ${recipient} and digest and state in ('pending', 'sending')
    ) as waiting`.execute(db);
  return rows[0]?.waiting ?? false;
}
