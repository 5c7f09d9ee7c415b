import { type Kysely, sql } from 'kysely';
import { isFromFuture } from '../clock.ts';
import { assertLease, holdsLease } from '../lease.ts';
import type { Database } from '../tables/database.ts';
import { type DeliveryRow, deliveryColumns } from './delivery-row.ts';

/** A delivery that the caller may now send. */
export interface ClaimedDelivery extends DeliveryRow {
  event_kind: 'created' | 'updated';
  /** Of the current series of attempts, in seconds. */
  age: number;
}

/**
 * Takes a delivery that is due and counts the attempt. One that is being sent already is taken over: its job
 * runs again only when the worker that had it is gone.
 * @param poolId the worker pool that is going to send it
 * @returns undefined when it was sent, failed or skipped before, or is not due yet
 * @throws LeaseLost when the pool is taken for dead; then nothing was taken
 */
export async function claimDelivery(
  db: Kysely<Database>,
  id: number,
  poolId: string,
): Promise<ClaimedDelivery | undefined> {
  // The column rounds to milliseconds, often up; the job, queued for the exact time, may run before that and is
  // the only one there is. What a clock that was set back had scheduled is due when its job runs.
  const { rows } = await sql<ClaimedDelivery>`
    update deliveries set state = 'sending', attempts = attempts + 1, claimed_by = ${poolId}, updated_at = now()
    from incident_events as event
    where deliveries.id = ${id} and event.id = deliveries.event_id
      and deliveries.state in ('pending', 'sending')
      and (deliveries.next_attempt_at <= now() + interval '1 millisecond'
        or ${isFromFuture(sql`deliveries.updated_at`)})
      and ${holdsLease(poolId)}
    returning ${deliveryColumns}, event.kind as event_kind,
      extract(epoch from now() - deliveries.series_began_at)::float8 as age`.execute(db);
  if (rows[0] === undefined) await assertLease(db, poolId);
  return rows[0];
}
